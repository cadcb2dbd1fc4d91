package policy

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Reachable is the hook Config.Reachable of package server: the named endpoints that a user may open, in the order of their
// names. What depends on a topic, a function or the name that a socket bears is listed, as far as nothing else forbids it; what
// depends on parameters of the connect is not, unless it is allowed without any. Topics that are the same for everybody and functions
// are listed if this user may have them.
//
// Of a user whom a service over ZeroMQ has let in, that service is asked about every endpoint and type, as when it is opened; what it does
// not answer in time, or after too many questions, is not listed, nor are topics and functions, about each of which it would have to be asked.
func (p *Policy) Reachable(r *http.Request, user any) (list []access.Reachable) {
	if users.Waits(user) {
		return p.reachableByService(r, user)
	}
	return p.reachable(r, user)
}

// A list asks a service at most so often, for at most so long, and there are so many lists at a time. Others are empty: a service that is
// asked for them must not have less time for those who work.
const (
	mostAsked     = 128
	listTime      = 2 * time.Second
	listsTogether = 4
)

var listing = make(chan struct{}, listsTogether)

// reachableByService asks the service about what the file leaves.
func (p *Policy) reachableByService(r *http.Request, user any) (list []access.Reachable) {
	ctx, cancel := context.WithTimeout(r.Context(), listTime)
	defer cancel()
	select {
	case listing <- struct{}{}:
		defer func() { <-listing }()
	case <-ctx.Done():
		return nil
	}
	asked := 0
	for _, found := range p.reachable(r, user) {
		types := found.Types
		found.Types, found.Topics, found.Functions = nil, nil, nil
		for _, name := range types {
			t, _ := core.ParseSocketType(name) // it is one
			q := newQuestion(access.Access{HTTP: r, User: user, Type: t, Endpoint: core.Endpoint{Name: found.Name}, Bind: found.Bind})
			if asked++; asked > mostAsked || ctx.Err() != nil {
				return list
			}
			if users.Decide(ctx, users.Of(user), q.forService()) == nil {
				found.Types = append(found.Types, name)
			}
		}
		if len(found.Types) > 0 {
			list = append(list, found)
		}
	}
	return list
}

// reachable is what the file says.
func (p *Policy) reachable(r *http.Request, user any) (list []access.Reachable) {
	for _, name := range slices.Sorted(maps.Keys(p.named)) {
		e := p.named[name]
		found := access.Reachable{Name: name, Bind: e.bind}
		for _, t := range e.types {
			q := newQuestion(access.Access{HTTP: r, User: user, Type: t, Endpoint: core.Endpoint{Name: name}, Bind: e.bind})
			q.locate(e.addresses)
			if !e.defers(q) && !e.permits(q, nil) {
				continue
			}
			found.Types = append(found.Types, t.String())
			found.Topics = union(found.Topics, e.topicsFor(q))
			found.Functions = union(found.Functions, e.functionsFor(q))
		}
		if len(found.Types) > 0 {
			list = append(list, found)
		}
	}
	return list
}

// topicsFor are the topics of the file without a value of the user in them, as far as a socket of this user may subscribe to them.
func (e *endpoint) topicsFor(q *question) (topics []string) {
	if q.Type != core.SUB && q.Type != core.XSUB {
		return nil
	}
	for _, t := range e.topics {
		text, literal := t.Literal()
		asked := question{Access: q.Access, at: q.at}
		asked.Subscribe, asked.Prefix = true, []byte(text)
		if literal && (!e.allow.SpeaksOf("topic") || e.permits(&asked, nil)) {
			topics = append(topics, text)
		}
	}
	return topics
}

// functionsFor are the functions of the file that this user may call.
func (e *endpoint) functionsFor(q *question) (functions []string) {
	for _, function := range e.terms.functions {
		if !e.allow.SpeaksOf("function") || e.permits(q.calling(function), nil) {
			functions = append(functions, function)
		}
	}
	return functions
}

// union appends what is not in the list yet.
func union(list, more []string) []string {
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// Reachable is a hook of package server.
func (l *Live) Reachable(r *http.Request, user any) []access.Reachable {
	return l.now.Load().Reachable(r, user)
}
