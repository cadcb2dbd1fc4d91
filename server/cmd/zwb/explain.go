package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

const explainUsage = `zwb explain --config FILE [flags] TYPE ENDPOINT [WHAT] says whether the file lets somebody open a socket of this type at the
endpoint, and which entries decide that. WHAT is the prefix that a SUB or XSUB subscribes to, the function that a REQ or DEALER calls, or the topic that
a PUB or XPUB publishes. The exit status is 0 if it does.

`

// explanation is what zwb explain is asked.
type explanation struct {
	file, user, claims, params, ip, origin, identity string
	bind, http                                       bool
}

// explain says how the bridge would decide, without one.
func explain(args []string, stdout, stderr io.Writer) error {
	var e explanation
	flags := flag.NewFlagSet("zwb explain", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&e.file, "config", "", "the `file`, zwb.yaml")
	flags.StringVar(&e.user, "user", "", "`name` of the user; default nobody in particular")
	flags.StringVar(&e.claims, "claims", "", "what else is known of the user, as `JSON`: {\"groups\": [\"trader\"]}")
	flags.StringVar(&e.params, "params", "", "what the page passes to connect, as `JSON`")
	flags.StringVar(&e.ip, "ip", "192.0.2.1", "`address` of the client")
	flags.StringVar(&e.origin, "origin", "", "`origin` of the page, as in https://app.example.org")
	flags.StringVar(&e.identity, "identity", "", "`name` that the socket wants to bear")
	flags.BoolVar(&e.bind, "bind", false, "the page binds")
	flags.BoolVar(&e.http, "http", false, "it is asked for over HTTP, or by a WebSocket at /ws or /zws")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, explainUsage)
		flags.SetOutput(stderr)
		flags.PrintDefaults()
		return nil
	} else if err != nil {
		return usageError{fmt.Errorf("%w; see zwb explain -h", err)}
	}
	a, err := e.access(flags.Args())
	if err != nil {
		return usageError{err}
	}
	s, err := settings.Read("zwb explain", []string{"--config", e.file}, nil, stderr)
	if err != nil {
		return err
	}
	return decide(s.Policy, a, flags.Arg(2), stdout)
}

// access is the question.
func (e *explanation) access(args []string) (a server.Access, err error) {
	if e.file == "" || len(args) < 2 || len(args) > 3 {
		return a, errors.New("it is zwb explain --config FILE [flags] TYPE ENDPOINT [WHAT]; see zwb explain -h")
	}
	if a.Type, err = core.ParseSocketType(strings.ToUpper(args[0])); err != nil {
		return a, err
	}
	if a.Endpoint, err = core.ParseEndpoint(args[1]); err != nil {
		return a, err
	}
	switch subscribes := a.Type == core.SUB || a.Type == core.XSUB; {
	case len(args) == 3 && subscribes:
		a.Subscribe, a.Prefix = true, []byte(args[2])
	case len(args) == 3 && !policy.Sends(a.Type):
		return a, errors.New("of a " + a.Type.String() + " there is nothing to ask but the endpoint")
	}
	claims, err := users.ParseClaims(e.claims)
	if err != nil {
		return a, fmt.Errorf("--claims: %w", err)
	}
	if e.params != "" {
		if json.Unmarshal([]byte(e.params), &map[string]any{}) != nil {
			return a, errors.New("--params is a JSON object")
		}
		a.Params = json.RawMessage(e.params)
	}
	a.User, a.Identity, a.Bind = policy.Somebody(e.user, claims), e.identity, e.bind
	a.HTTP = &http.Request{RemoteAddr: net.JoinHostPort(e.ip, "0"), Header: http.Header{}}
	if e.http {
		a.Door = access.ByHTTP
	}
	if e.origin != "" {
		a.HTTP.Header.Set("Origin", e.origin)
	}
	return a, nil
}

func decide(p *policy.Policy, a server.Access, what string, stdout io.Writer) error {
	if named, known := p.Named(a.Endpoint.Name); known && named.Bind {
		a.Bind = true
	}
	allowed, trace := p.Explain(a)
	if what != "" && policy.Sends(a.Type) {
		allowed, trace = p.ExplainSending(a, what)
	}
	trace.Print(stdout)
	if !allowed {
		fmt.Fprintln(stdout, "denied")
		return errWrong
	}
	fmt.Fprintln(stdout, "allowed")
	return nil
}
