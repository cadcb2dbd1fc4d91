package server

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// upstream is one endpoint of a socket: what was asked for, what became of it, and the gateway's word on its state.
type upstream struct {
	socket  *socket
	number  uint64
	access  Access // as it was allowed; the questions about subscriptions repeat it
	held    bool   // nothing is to be delivered before Recover
	refused *core.Error
	stop    func() // ends watching the gateway; nil when there is nothing to watch

	opened bool // Opened was sent; guarded by the session's lock
}

// open asks and connects; a refusal comes back.
func (u *upstream) open(f *core.Frame) *core.Error {
	k := u.socket
	ep, err := core.ParseEndpoint(string(f.Text))
	if err != nil {
		return asError(err)
	}
	u.access = Access{Type: k.typ, Endpoint: ep, Bind: f.Flags&core.FlagBind != 0, Params: slices.Clone(f.Params)}
	u.held = f.Flags&core.FlagRecover != 0
	if e := k.session.ask(u.access); e != nil {
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

// asError is for errors of the gateways, whose codes are theirs to choose.
func asError(err error) *core.Error {
	code := core.CodeOf(err)
	text := err.Error()
	if e, ok := err.(*core.Error); ok {
		text = e.Text
	}
	return core.NewError(code, text)
}

func (u *upstream) stopWatching() {
	if u.stop != nil {
		u.stop()
	}
}

// Up implements gateway.Watcher.
func (u *upstream) Up() {
	s := u.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	f := core.Frame{Kind: core.KindState, Socket: u.socket.id, ID: u.number}
	if !u.opened {
		u.opened = true
		f.Kind = core.KindOpened
	} else if u.socket.typ == core.SUB || u.socket.typ == core.XSUB {
		u.socket.outbox.backendWasAway()
	}
	s.sendLocked(&f)
}

// Down implements gateway.Watcher.
func (u *upstream) Down(err error) {
	e := asError(err)
	if e.Code == core.OK || e.Code == core.Internal {
		e.Code = core.Unavailable
	}
	u.socket.session.send(core.Frame{Kind: core.KindState, Socket: u.socket.id, ID: u.number, Code: e.Code, Text: core.ClipText(e.Text)})
}
