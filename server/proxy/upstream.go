package proxy

import (
	"errors"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// upstream is one endpoint of a socket: what was asked for, what became of it, and the gateway's word on its state. It
// implements gateway.Watcher.
type upstream struct {
	socket *Socket
	number uint64
	access access.Access // as it was allowed; the questions about subscriptions repeat it
	held   bool          // nothing is to be delivered before Recover
	stop   func()        // ends watching the gateway; nil when there is nothing to watch

	// Guarded by the session's lock.
	refused *core.Error // why the endpoint cannot be used; a claim may be refused long after the Open
	opened  bool        // Opened was sent
	gone    bool        // the client has disconnected it, and nothing is told of it any more
}

// open asks and connects; a refusal comes back.
func (u *upstream) open(f *core.Frame) *core.Error {
	k := u.socket
	ep, err := core.ParseEndpoint(string(f.Text))
	if err != nil {
		return asError(err)
	}
	u.ask(access.Access{Type: k.typ, Endpoint: ep, Bind: f.Flags&core.FlagBind != 0, Params: slices.Clone(f.Params)})
	u.held = f.Flags&core.FlagRecover != 0
	if e := k.rules.Allows(k.handle.Context(), u.access); e != nil {
		return e
	}
	if e := k.reach(u); e != nil {
		return e
	}
	if err := k.proxy.connect(u, ep); err != nil {
		return asError(err)
	}
	return nil
}

// ask notes the question that all questions about the endpoint begin with: who asks, and what for.
func (u *upstream) ask(a access.Access) {
	a.HTTP, a.User = u.socket.handle.Caller()
	u.socket.handle.Lock()
	defer u.socket.handle.Unlock()
	u.access = a
}

// question is one about a subscription at the endpoint. Who asks may have changed: the session may be on another line.
func (u *upstream) question(prefix []byte) access.Access {
	a := u.access
	a.HTTP, a.User = u.socket.handle.Caller()
	a.Subscribe, a.Prefix = true, prefix
	return a
}

// claim is what the endpoint asks for on the ZeroMQ side, where only one socket can have it.
func (u *upstream) claim() session.Claim {
	c := session.Claim{Type: u.socket.typ, Endpoint: u.access.Endpoint}
	if c.Type == core.REP {
		c.Identity = u.socket.identity
	}
	return c
}

// refuse tells the client that the endpoint cannot be used.
func (u *upstream) refuse(e *core.Error) {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	u.refused = e
	if u.gone {
		return
	}
	h.SendLocked(&core.Frame{Kind: core.KindRefused, ID: u.number, Code: e.Code, Text: core.ClipText(e.Text)})
}

// asError is for errors of the gateways, whose codes are theirs to choose.
func asError(err error) *core.Error {
	var e *core.Error
	if errors.As(err, &e) {
		return core.NewError(e.Code, e.Text)
	}
	return core.NewError(core.CodeOf(err), err.Error())
}

func (u *upstream) stopWatching() {
	if u.stop != nil {
		u.stop()
	}
}

// Up implements gateway.Watcher.
func (u *upstream) Up() {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	f := core.Frame{Kind: core.KindState, ID: u.number}
	if u.gone {
		return
	}
	if !u.opened {
		u.opened = true
		f.Kind = core.KindOpened
	} else if u.socket.subscribes() {
		h.Queue().BackendWasAway()
	}
	h.SendLocked(&f)
}

// Down implements gateway.Watcher.
func (u *upstream) Down(err error) {
	e := asError(err)
	if e.Code == core.OK || e.Code == core.Internal {
		e.Code = core.Unavailable
	}
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	if !u.gone {
		h.SendLocked(&core.Frame{Kind: core.KindState, ID: u.number, Code: e.Code, Text: core.ClipText(e.Text)})
	}
}
