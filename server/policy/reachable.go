package policy

import (
	"maps"
	"net/http"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Reachable is the hook Config.Reachable of package server: the named endpoints that a user may open, in the order of their
// names. What depends on a topic, a function or the name that a socket bears is listed, as far as nothing else forbids it; what
// depends on parameters of the connect is not, unless it is allowed without any.
//
// A user about whom a service over ZeroMQ is asked gets no list: that would be a question to it for every endpoint.
func (p *Policy) Reachable(r *http.Request, user any) (list []access.Reachable) {
	if users.Waits(user) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.named)) {
		e := p.named[name]
		found := access.Reachable{Name: name, Bind: e.bind}
		for _, t := range e.types {
			q := newQuestion(access.Access{HTTP: r, User: user, Type: t, Endpoint: core.Endpoint{Name: name}, Bind: e.bind})
			q.locate(e.addresses)
			if e.defers(q) || e.permits(q, nil) {
				found.Types = append(found.Types, t.String())
			}
		}
		if len(found.Types) > 0 {
			list = append(list, found)
		}
	}
	return list
}

// Reachable is a hook of package server.
func (l *Live) Reachable(r *http.Request, user any) []access.Reachable {
	return l.now.Load().Reachable(r, user)
}
