package policy

import (
	"encoding/json"
	"net"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Known is a user of whom conditions and templates can speak, for a program whose Config.Authenticate returns something else than
// a users.User.
type Known interface {
	Subject() condition.Subject
}

// question is an access, and what conditions may ask about it, once one has.
type question struct {
	access.Access
	at    core.Endpoint // where it leads; the zero Endpoint: to several addresses, or nowhere
	known *condition.Facts
}

func newQuestion(a access.Access) *question { return &question{Access: a, at: a.Endpoint} }

// locate is told which addresses the name stands for.
func (q *question) locate(addresses []core.Endpoint) {
	q.at = core.Endpoint{}
	if len(addresses) == 1 {
		q.at = addresses[0]
	}
}

func (q *question) subject() condition.Subject {
	if user, ok := q.User.(Known); ok {
		return user.Subject()
	}
	user := users.Of(q.User)
	return condition.Subject{User: user.Name, Claims: user.Claims}
}

func (q *question) facts() *condition.Facts {
	if q.known != nil {
		return q.known
	}
	who := q.subject()
	f := &condition.Facts{User: who.User, Claims: who.Claims, Endpoint: q.Endpoint.String(), Type: q.Type.String(),
		Address: condition.Address{Host: q.at.Host, Port: int(q.at.Port)}, Topic: string(q.Prefix)}
	if q.HTTP != nil {
		f.IP, f.Origin = host(q.HTTP.RemoteAddr), q.HTTP.Header.Get("Origin")
	}
	if len(q.Params) > 0 {
		json.Unmarshal(q.Params, &f.Params) // it was read before: it is an object
	}
	q.known = f
	return f
}

// calling is the question whether a function may be called.
func (q *question) calling(function string) *question {
	call, facts := *q, *q.facts()
	facts.Function = function
	call.known = &facts
	return &call
}

// forService is the question as a service over ZeroMQ is asked it.
func (q *question) forService() users.Question {
	f := q.facts()
	asked := users.Question{Action: "open", User: f.User, Claims: f.Claims, Endpoint: f.Endpoint, Type: f.Type, Params: q.Params,
		Topic: f.Topic, Function: f.Function, IP: f.IP, Door: q.Door.String(), Origin: f.Origin}
	switch {
	case q.Subscribe:
		asked.Action = "subscribe"
	case f.Function != "":
		asked.Action = "call"
	}
	return asked
}

// host is the address of a client without its port.
func host(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
}
