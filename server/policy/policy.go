package policy

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Policy is what a file says about who may reach what. Its methods are hooks of server.Config and gateway.Config. It is not
// changed after New, so any goroutine may use it.
type Policy struct {
	named    map[string]*endpoint
	raw      []*entry // for addresses that a page names itself
	networks Networks
}

// New makes a Policy of a file, and of rules that were given besides: they allow what they allow to everybody. warnings are what
// works, and may not be meant. The error is a config.Mistakes, which has all that is wrong with the file, and there is no Policy
// then.
func New(file *config.File, rules Rules) (p *Policy, warnings config.Mistakes, err error) {
	l := &loader{file: file}
	p = &Policy{named: map[string]*endpoint{}}
	for _, name := range sortedNames(file.Names) {
		p.named[name] = l.endpoint(name, file.Names[name])
	}
	for i, address := range file.Rules {
		p.raw = append(p.raw, l.address(i, address))
	}
	for _, rule := range rules {
		p.raw = append(p.raw, &entry{Rule: rule, path: "--allow", anyTopic: true, anyPublish: true})
	}
	p.networks = l.networks(file.Networks)
	l.keepApart(p)
	l.reachable(p)
	if err := config.Join(file.Check(), l.mistakes.Err()); err != nil {
		return nil, l.warnings, err
	}
	return p, l.warnings, nil
}

// ZMQAllowed is the hook Config.ZMQAllowed of package server. The error is Denied, and reads the same whether there is no such
// endpoint or only not for this user.
//
// Of a user whom a service over ZeroMQ has let in, that service is asked, too. It is asked first, and about everything, so that
// neither what it says nor how long it takes tells which endpoints there are.
func (p *Policy) ZMQAllowed(ctx context.Context, a access.Access) error {
	if err := users.Decide(ctx, users.Of(a.User), newQuestion(a).forService()); err != nil {
		return err
	}
	switch {
	case p.find(a, nil) != nil:
		return nil
	case p.lacksHTTP(a):
		return core.NewError(core.Denied, a.String()+" is not allowed over HTTP: the rule that allows it to you lacks http: true")
	}
	return core.NewError(core.Denied, a.String()+" is not allowed here")
}

// lacksHTTP tells whether an access that is not allowed would be allowed to the same user through a client of this project, who may so
// be told of it.
func (p *Policy) lacksHTTP(a access.Access) bool {
	if a.Endpoint.Name != "" || a.Door.NeedsLibrary() {
		return false
	}
	a.Door = access.ByClient
	return p.find(a, nil) != nil
}

// Flow is the hook Config.Flow of package server.
func (p *Policy) Flow(a access.Access) access.Flow {
	if e := p.find(a, nil); e != nil {
		return e.flow
	}
	return access.Flow{}
}

// Named is the hook Config.Named of package server.
func (p *Policy) Named(name string) (access.Named, bool) {
	e := p.named[name]
	if e == nil {
		return access.Named{}, false
	}
	return access.Named{Bind: e.bind, Types: e.types, Addresses: len(e.addresses)}, true
}

// Resolve is the hook Config.Resolve of package gateway. The error is Unavailable: a name may go while it is in use.
func (p *Policy) Resolve(name core.Endpoint) (core.Endpoint, error) {
	e := p.named[name.Name]
	if e == nil || name.Nth >= len(e.addresses) {
		return core.Endpoint{}, core.NewError(core.Unavailable, "this endpoint is not there any more")
	}
	return e.addresses[name.Nth], nil
}

// History is the hook Config.History of package gateway.
func (p *Policy) History(ep core.Endpoint) access.History {
	if ep.Name != "" {
		if e := p.named[ep.Name]; e != nil && e.limits() {
			return e.history
		}
		return access.History{}
	}
	for _, e := range p.raw {
		if e.limits() && !e.bind && e.covers(ep) {
			return e.history
		}
	}
	return access.History{}
}

// Memory is the hook Config.Memory of package gateway. Each of several addresses has its part.
func (p *Policy) Memory(ep core.Endpoint) int64 {
	e := p.named[ep.Name]
	if e == nil {
		return 0
	}
	return e.memory / int64(max(1, len(e.addresses)))
}

// Networks are where backends may be; its method DialAllowed is a hook of package gateway.
func (p *Policy) Networks() Networks { return p.networks }

// find is the entry that allows an access; nil: there is none. trace, if there is one, is told how that came about.
func (p *Policy) find(a access.Access, trace *Trace) *entry {
	q := newQuestion(a)
	if a.Endpoint.Name == "" {
		for _, e := range p.raw {
			if e.allows(q, trace) {
				return e
			}
		}
		trace.add("", "no entry of addresses allows it")
		return nil
	}
	e := p.named[a.Endpoint.Name]
	if e == nil {
		trace.add("", p.unknown(a.Endpoint.Name, trace))
		return nil
	}
	q.locate(e.addresses)
	if !e.allows(q, trace) {
		return nil
	}
	return &e.entry
}
