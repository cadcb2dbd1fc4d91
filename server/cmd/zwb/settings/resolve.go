package settings

import (
	"context"
	"crypto/tls"
	"errors"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// resolve reads what the values name, and puts together what is made of them.
func (s *Settings) resolve(p *parser) error {
	var found config.Mistakes
	wrong := func(path string, err error) {
		if err != nil {
			found = append(found, s.Said.MistakeAt(path, reason(err)))
		}
	}
	for i, origin := range s.Origins {
		wrong("origins."+strconv.Itoa(i), server.CheckOrigin(origin))
	}
	for _, text := range s.File.Proxies {
		if network, err := config.ParseNetwork(text); err == nil { // the File has said what is wrong
			s.Proxies = append(s.Proxies, network)
		}
	}
	if t := s.TLS; t != nil && t.Cert != "" && t.Key != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		wrong("tls.cert", err)
		s.Pair = &pair
	}
	if s.Admin != nil && s.Admin.TokenFile != "" {
		_, err := admin.ReadToken(s.Admin.TokenFile)
		wrong("admin.token_file", err)
	}
	if s.ZMQ.Security != "" {
		var err error
		s.Backends, err = ReadSecurity(s.ZMQ.Security)
		wrong("zmq.security", err)
	}
	if s.Cluster != nil {
		checkCluster(s.Cluster, wrong)
	}
	found = append(found, s.checkUsers()...)
	return config.Join(found.Err(), s.rules(p))
}

// checkUsers reads the files that the users' entries name, and finds what is wrong with these.
func (s *Settings) checkUsers() (found config.Mistakes) {
	chain, err := users.New(s.Users, users.Options{Requester: nobody{}})
	if err == nil {
		chain.Close()
		return nil
	}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		path := "users"
		var m *users.Mistake
		if errors.As(err, &m) {
			path, err = "users."+strconv.Itoa(m.Entry), m.Err
		}
		found = append(found, s.Said.MistakeAt(path, reason(err)))
	}
	return found
}

// nobody is asked: only whether the entries are right is wanted.
type nobody struct{}

// Request implements users.Requester.
func (nobody) Request(context.Context, string, []byte) ([]byte, error) {
	return nil, core.NewError(core.Unavailable, "nobody is asked")
}

// rules reads those of --allow, and adds those of the demo.
func (s *Settings) rules(p *parser) error {
	var found config.Mistakes
	for _, a := range p.allows {
		rule, err := policy.ParseRule(a.text)
		if err != nil {
			found = append(found, config.Mistake{Place: config.Place{File: a.from}, Text: reason(err)})
			continue
		}
		s.Allowed, s.Rules = append(s.Allowed, a.text), append(s.Rules, rule)
	}
	if s.Demo {
		rules, err := s.DemoAt.rules()
		if err != nil {
			return err
		}
		s.Rules = append(s.Rules, rules...)
	}
	var err error
	s.Policy, s.Unwise, err = policy.New(s.Said, s.Rules)
	s.Unwise = append(s.Said.Warnings(), s.Unwise...)
	return config.Join(found.Err(), err)
}

// reason is the text of an error without its code.
func reason(err error) string {
	var e *core.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return err.Error()
}
