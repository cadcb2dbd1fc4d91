package port

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// router is the pattern of ROUTER: what a peer sends comes with its routing id in front, and what is to be sent begins
// with the routing id of the peer it goes to. https://rfc.zeromq.org/spec/28/
//
// It belongs to one page at a time, also where it listens: routing ids and the state behind them are the page's, and an
// answer is expected of who was asked.
//
// A message to nobody, or to a peer whose queue is full, is dropped and counted: that is ZeroMQ's rule without
// ZMQ_ROUTER_MANDATORY, and it keeps one slow peer from holding up the answers to all others.
type router struct {
	members

	mu     sync.Mutex
	routes map[string]*pipe // by routing id
	serial uint32           // of the last generated id
}

const maxRoutingID = 255 // bytes

func newRouter(c *zmtp.Config, n *drop.Counters, named bool) *router {
	r := &router{members: members{connections: c, drops: n, limit: 1}, routes: make(map[string]*pipe), serial: rand.Uint32()}
	if named {
		r.members.handover = new(handover)
	}
	return r
}

// serve is part of pattern.
func (r *router) serve(ctx context.Context, p *zmtp.Conn) error {
	l := newPipe(r.connections, func() {})
	id, err := r.register(p.Identity(), l)
	if err != nil {
		r.drops.Add(drop.TooMany)
		p.Close()
		return err
	}
	p.Out = zmtp.Wakeups()
	l.attach(p)
	defer r.forget(id, l)
	in := r.intake(p)
	defer r.parted(p)
	p.OnMessage = func(m core.Message) error {
		return in.take(append(core.Message{[]byte(id)}, m...), p.Gone())
	}
	p.OnExcess = in.takeExcess
	return p.Run(ctx)
}

// register gives a peer a routing id: the one it wants, or else one that begins with a zero byte, which none may want.
// As in libzmq (without ZMQ_ROUTER_HANDOVER) an id belongs to the first who brings it.
func (r *router) register(id string, l *pipe) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id == "" || id[0] == 0 {
		r.serial++
		generated := string(binary.BigEndian.AppendUint32([]byte{0}, r.serial))
		if r.routes[generated] == nil {
			id = generated
			break
		}
	}
	if len(id) > maxRoutingID {
		return "", zmtp.ProtocolError("a routing id of %d bytes", len(id))
	}
	if r.routes[id] != nil {
		return "", core.NewError(core.Conflict, "a peer with this routing id is connected already")
	}
	r.routes[id] = l
	return id, nil
}

// forget removes a peer that has gone, and drops what was queued for it.
func (r *router) forget(id string, l *pipe) {
	r.mu.Lock()
	delete(r.routes, id)
	r.mu.Unlock()
	l.detach()
	discard(r.drops, l.clear(), drop.NoRoute)
}

// send is part of pattern.
func (r *router) send(_ *Port, x parcel) error {
	if len(x.message) < 2 {
		return core.NewError(core.Invalid, "what a ROUTER sends has a routing id and at least one more part")
	}
	if reason, ok := r.push(x); !ok {
		discard(r.drops, []parcel{x}, reason)
	}
	return nil
}

// push queues x for the peer it is addressed to, or says why it cannot be.
func (r *router) push(x parcel) (reason drop.Reason, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock() // a pipe that is found here is not forgotten meanwhile
	l := r.routes[string(x.message[0])]
	if l == nil {
		return drop.NoRoute, false
	}
	x.message = x.message[1:]
	return drop.SlowPeer, l.push(x) == nil
}

// reaches is part of addressed.
func (r *router) reaches(id []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.routes[string(id)] != nil
}

// discard drops what a port has sent.
func (r *router) discard(from *Port) {
	var discarded []parcel
	r.mu.Lock()
	for _, l := range r.routes {
		discarded = append(discarded, l.takeFrom(from)...)
	}
	r.mu.Unlock()
	discard(r.drops, discarded, drop.Closed)
}

// ready is part of pattern: a ROUTER takes everything, once it is connected.
func (r *router) ready() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.routes) > 0
}

// idle is part of pattern.
func (r *router) idle() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.routes {
		if !l.empty() {
			return false
		}
	}
	return true
}

// close is part of pattern. Every pipe has gone with its connection.
func (r *router) close() {}
