package proxy

import (
	"errors"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// upstream is one endpoint of a socket: what was asked for, what became of it, and the gateway's word on its state. It
// implements gateway.Watcher and place.Claimant.
type upstream struct {
	socket  *socket
	number  uint64
	access  access.Access // as it was allowed; the questions about subscriptions repeat it
	terms   access.Terms  // for what is sent there, as they were when it was allowed
	held    bool          // nothing is to be delivered before Recover
	chosen  string        // where the bridge listens, if the client has left that to it
	shares  bool          // it takes one of the gateways that are counted for the session
	metered               // set before it is attached
	stop    func()        // ends watching the gateway; nil when there is nothing to watch

	// whenLive calls back when a connection that has just been made is of use: when the subscriptions are live over it, where
	// ZMTP offers a proof. Nil: it is at once. Set before the gateway is watched.
	whenLive func(live func())

	// countsAll tells whether what is missing will be known after a connection was lost, however much that is. Nil: it is not. Set
	// likewise.
	countsAll func() bool

	// Guarded by the session's lock.
	refused *core.Error // why the endpoint cannot be used; a claim may be refused long after the Open
	opened  bool        // Opened was sent
	gone    bool        // the client has disconnected it, and nothing is told of it any more
	said    core.Code   // of the last State, or OK after Opened; sayNothing before
	changes uint64      // how often the backend came or went, so that what is said late of one connection is known
	was     bool        // the backend was connected at some time
	down    *core.Error // the last word on the backend: it is not there
	first   *upstream   // the endpoint whose address this one repeats, so that nothing was opened for it; nil: it repeats none
	twins   []*upstream // those that repeat this one
	cost    int         // on the socket's account
	alive   bool        // the backend is connected, and of use

	// Where a name has several addresses, the endpoint is the first of several ways; see ways.go.
	lead *upstream   // of a way that is not the first
	ways []*upstream // of the first one: all others. Final before any is attached
}

// sayNothing is upstream.said as long as the client was told nothing.
const sayNothing core.Code = 255

// open asks and connects; a refusal comes back.
func (u *upstream) open(f *core.Frame) *core.Error {
	k := u.socket
	ep, err := u.parse(f)
	if err != nil {
		return asError(err)
	}
	if e := u.charge(len(f.Text), len(f.Params)); e != nil {
		return e
	}
	params, err := access.ParseParams(f.Params)
	if err != nil {
		return asError(err)
	}
	named, known := k.named(ep)
	u.measure(ep, known)
	binds := f.Flags&core.FlagBind != 0
	if ep.Name != "" {
		binds = k.bindsAt(named)
	}
	u.ask(access.Access{Type: k.typ, Endpoint: ep, Bind: binds, Identity: k.identity, Params: params})
	u.held = f.Flags&core.FlagRecover != 0
	if e := u.mayOpen(known); e != nil {
		return e
	}
	if e := u.agree(); e != nil {
		return e
	}
	u.branch(u.waysTo(named))
	if first := k.twinOf(u); first != nil {
		return u.follow(first)
	}
	if e := k.reach(u); e != nil {
		return e
	}
	return u.attachAll()
}

// parse reads the address. Where the bridge is to listen, some of it may be left to the bridge, and the client is told then.
func (u *upstream) parse(f *core.Frame) (core.Endpoint, error) {
	asked := string(f.Text)
	if f.Flags&core.FlagBind == 0 {
		return core.ParseEndpoint(asked)
	}
	settled, err := gateway.Settle(asked)
	if err != nil {
		return core.Endpoint{}, err
	}
	if settled != asked {
		u.chosen = settled
	}
	return core.ParseEndpoint(settled)
}

// attach takes a gateway for the endpoint, or for one of its ways.
func (u *upstream) attach() *core.Error {
	k := u.socket
	if err := k.takeShare(u.access.Endpoint, u.access.Bind); err != nil {
		return asError(err)
	}
	if err := k.proxy.connect(u, u.access.Endpoint); err != nil {
		k.giveShare()
		return asError(err)
	}
	u.shares = true
	return nil
}

// charge puts the endpoint on the socket's account, if there is room for it.
func (u *upstream) charge(address, params int) *core.Error {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	size := endpointPlace + 2*address + params
	if u.socket.connectsAlone() {
		size += connectionPlace
	}
	if !h.Fits(size) {
		return session.ErrFull
	}
	u.cost = size
	u.socket.endpointCost.Add(size)
	return nil
}

// What an endpoint costs, and a connection to a backend that is for one socket alone.
const (
	endpointPlace   = 1 << 10
	connectionPlace = 64 << 10
)

// forgetAsker drops what came with the Open and is only for the hooks, which were asked; later questions are asked by
// whoever is there then.
func (u *upstream) forgetAsker() {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	u.access.HTTP, u.access.User = nil, nil
}

// ask notes the question that all questions about the endpoint begin with: who asks, and what for.
func (u *upstream) ask(a access.Access) {
	a.HTTP, a.User = u.socket.handle.Caller()
	a.Session, a.Door = u.socket.handle.SessionID(), u.socket.handle.Door()
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

// place is what the endpoint asks for, where only one socket can have it.
func (u *upstream) place() (p place.Place, exclusive bool) {
	k := u.socket
	p = place.Place{Type: k.typ, Endpoint: u.access.Endpoint}
	switch {
	case k.typ == core.REP:
		p.Identity = k.identity
	case u.access.Bind:
		return p, k.typ == core.ROUTER || k.typ == core.XPUB || k.typ == core.PAIR
	case k.typ == core.PAIR: // its peer takes one connection, and lets a second one hear nothing
		p.Connects = true
		return p, true
	case k.typ == core.DEALER || k.typ == core.ROUTER: // to a ROUTER, whose peers are told apart by their names, they are the same
		p.Type, p.Identity = core.DEALER, k.identity
	}
	return p, p.Identity != ""
}

// unique tells whether the name that the socket bears there is one of all bridges together.
func (u *upstream) unique() bool { return u.socket.identity != "" && u.leader().terms.Unique }

// Refuse implements place.Claimant.
func (u *upstream) Refuse(err error) { u.leader().refuse(asError(err)) }

// refuse tells the client that the endpoint cannot be used.
func (u *upstream) refuse(e *core.Error) {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	u.note(u.access, e)
	u.refused = e
	u.socket.reconsider()
	if u.gone {
		return
	}
	u.access.Params = nil // nobody is asked about it any more
	left := endpointPlace + len(e.Text)
	u.socket.endpointCost.Add(left - u.cost)
	u.cost = left
	h.SendLocked(&core.Frame{Kind: core.KindRefused, ID: u.number, Code: e.Code, Text: core.ClipText(e.Text)})
}

// asError is for errors of the gateways, whose codes are theirs to choose. Nil stays nil.
func asError(err error) *core.Error {
	if err == nil {
		return nil
	}
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
	for _, way := range u.ways {
		way.stopWatching()
	}
}

// Up implements gateway.Watcher. The client is told when the connection is of use.
func (u *upstream) Up() {
	change := u.connected()
	if u.whenLive == nil {
		u.live(change)
		return
	}
	u.whenLive(func() { u.live(change) })
}

// connected notes a new connection, and that messages may be missing before what comes over it, where the count of the publisher does
// not tell that.
func (u *upstream) connected() (change uint64) {
	known := u.countsAll != nil && u.countsAll()
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	if u.was && u.socket.subscribes() && !known {
		h.Queue().BackendWasAway()
	}
	u.was = true
	u.changes++
	return u.changes
}

// live tells the client that the endpoint is of use, unless the connection that this is about has gone meanwhile.
func (u *upstream) live(change uint64) {
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	if u.changes != change {
		return
	}
	u.down, u.alive = nil, true
	u = u.leader()
	u.tellUpLocked()
	for _, twin := range u.twins {
		twin.tellUpLocked()
	}
}

func (u *upstream) tellUpLocked() {
	if u.gone || u.refused != nil || u.said == core.OK {
		return
	}
	u.said = core.OK
	f := core.Frame{Kind: core.KindState, ID: u.number}
	if !u.opened {
		u.opened = true
		f.Kind, f.Text = core.KindOpened, []byte(u.chosen)
	}
	u.socket.handle.SendLocked(&f)
}

// Down implements gateway.Watcher and place.Claimant. A connection that went before it was of use is no news.
func (u *upstream) Down(err error) {
	e := asError(err)
	if e.Code == core.OK || e.Code == core.Internal {
		e.Code = core.Unavailable
	}
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	u.changes++
	u.down, u.alive = e, false
	if u = u.leader(); u.aliveLocked() {
		return
	}
	u.tellDownLocked(e)
	for _, twin := range u.twins {
		twin.tellDownLocked(e)
	}
}

func (u *upstream) tellDownLocked(e *core.Error) {
	if u.gone || u.refused != nil || u.said == e.Code {
		return
	}
	u.said = e.Code
	u.socket.handle.SendLocked(&core.Frame{Kind: core.KindState, ID: u.number, Code: e.Code, Text: core.ClipText(e.Text)})
}
