package server

import (
	"net"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Session is what a client has at the bridge at a moment, for people and their tools. Rates are the differences between two.
type Session struct {
	ID     string    `json:"id"`
	User   string    `json:"user"`  // Config.UserKey, or the text that the user is; "": nobody in particular
	Login  string    `json:"login"` // names the credentials, if the user is a [Credentialed]
	IP     string    `json:"ip"`
	Agent  string    `json:"agent"` // what the browser calls itself
	Origin string    `json:"origin"`
	Since  time.Time `json:"since"`
	State  string    `json:"state"`          // "connected", or "away": it waits to be resumed
	Frames uint64    `json:"frames"`         // that the client has sent
	Sent   uint64    `json:"sent"`           // frames that it was sent
	Unsent int       `json:"unsent"`         // bytes that wait for the network
	Lag    int       `json:"unacknowledged"` // frames that it was sent and has not acknowledged
	Held   int       `json:"held"`           // bytes that are held for it

	Sockets []SessionSocket `json:"sockets"`
}

// SessionSocket is one of its sockets.
type SessionSocket struct {
	Number        uint32            `json:"number"`
	Type          string            `json:"type"`
	Queued        int               `json:"queued"`   // messages that wait for the client
	Credit        int64             `json:"credit"`   // messages that it has room for
	Messages      int64             `json:"messages"` // for the client, since the socket was opened
	Subscriptions int               `json:"subscriptions"`
	Endpoints     []SessionEndpoint `json:"endpoints"`
}

// SessionEndpoint is where a socket is connected.
type SessionEndpoint struct {
	Endpoint string `json:"endpoint"`
	Bind     bool   `json:"bind,omitempty"`
	State    string `json:"state"` // "up", "down", or "refused"
	Reason   string `json:"reason,omitempty"`
}

// SessionFilter says which sessions are meant. The zero value means all.
type SessionFilter struct {
	ID       string
	User     string // as Session has it
	Endpoint string // by name, or an address
	After    string // only those with a greater ID: the last one of the page before
	Most     int    // how many; default and most MostSessions
}

// MostSessions is how many sessions a page has at most.
const MostSessions = 1000

// Sessions describes the sessions that are meant, in the order of their IDs. more says that there are others behind.
func (b *Bridge) Sessions(f SessionFilter) (page []Session, more bool) {
	if f.Most <= 0 || f.Most > MostSessions {
		f.Most = MostSessions
	}
	want := b.selection(f)
	if f.Endpoint != "" {
		want.Endpoint = func(ep core.Endpoint) bool { return ep != (core.Endpoint{}) && ep.String() == f.Endpoint }
	}
	found, more := b.sessions.Sessions(want)
	for _, s := range found {
		page = append(page, b.describe(s))
	}
	return page, more
}

func (b *Bridge) selection(f SessionFilter) session.Selection {
	want := session.Selection{ID: f.ID, After: f.After, Most: f.Most}
	if f.User != "" {
		want.User = func(user any) bool { return b.hooks.userName(user) == f.User }
	}
	return want
}

// Disconnect ends the sessions with an ID, or of a user, for good, and returns how many there were. The reason reaches the client.
// One that may come back does so at once, with a new session; else the client has to be started anew. A filter that names
// neither means nobody.
func (b *Bridge) Disconnect(f SessionFilter, reason string, mayComeBack bool) (ended int) {
	if f.ID == "" && f.User == "" {
		return 0
	}
	code := core.CloseDenied
	if mayComeBack {
		code = core.CloseGoingAway
	}
	return b.sessions.Disconnect(b.selection(f), core.NewCloseError(code, reason))
}

func (b *Bridge) describe(s session.Snapshot) Session {
	out := Session{ID: s.ID, User: b.hooks.userName(s.User), Login: origin.Clip(b.hooks.login(s.User)), IP: s.Remote, Agent: origin.Clip(s.Agent), Origin: origin.Clip(s.Origin), Since: s.Since, State: "connected",
		Frames: s.Frames, Sent: s.Sent, Unsent: s.Unsent, Lag: s.Unread, Held: s.Held, Sockets: []SessionSocket{}}
	if host, _, err := net.SplitHostPort(s.Remote); err == nil {
		out.IP = host
	}
	if s.Away {
		out.State = "away"
	}
	for _, k := range s.Sockets {
		socket := SessionSocket{Number: k.Number, Type: k.Type.String(), Queued: k.Queued, Credit: k.Credit, Messages: k.Arrivals,
			Subscriptions: k.Subscriptions, Endpoints: []SessionEndpoint{}}
		for _, up := range k.Upstreams {
			socket.Endpoints = append(socket.Endpoints, describeUpstream(up))
		}
		out.Sockets = append(out.Sockets, socket)
	}
	return out
}

func describeUpstream(up session.Upstream) SessionEndpoint {
	e := SessionEndpoint{Bind: up.Bind, State: "down"}
	if up.Endpoint != (core.Endpoint{}) {
		e.Endpoint = up.Endpoint.String()
	}
	switch {
	case up.Refused != nil:
		e.State, e.Reason = "refused", up.Refused.Error()
	case up.Up:
		e.State = "up"
	case up.Down != nil:
		e.Reason = up.Down.Error()
	}
	return e
}
