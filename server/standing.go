package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// standing is where a client stands in the history of an endpoint it subscribes to.
type standing struct {
	number uint64 // of the endpoint
	held   bool   // it was opened to deliver nothing before Recover

	// Guarded by the session's lock.

	past     *gateway.Subscription // nil: no history is kept. Final before anything is subscribed to
	phase    phase
	asked    bool   // Recover came
	placed   bool   // the client was told its position
	told     uint64 // where it is, by all that it was sent and is queued for it
	reached  uint64 // all up to here was handed on, as far as it concerns the client
	leftOver uint64 // the newest message that was left to the replay

	replay  *gateway.Replay // what the client missed; it goes on until it meets what comes
	reading bool            // some goroutine is reading from it
	gap     *core.Frame     // has to go out behind what was queued up to its arrival
	arrival int64
}

// phase of a feed. It only grows.
type phase uint8

const (
	holding   phase = iota // nothing is delivered; what has a place in the history is not lost by that
	replaying              // what was missed, and what comes meanwhile, is read from the history
	live
)

func newStanding(up *upstream) standing {
	s := standing{number: up.number, held: up.held, phase: live}
	if up.held {
		s.phase = holding
	}
	return s
}

// remember is told that there is a history. The gateway may call Reached already.
func (d *feed) remember(past *gateway.Subscription) {
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	d.past = past
}

// DeliverAt implements gateway.Follower: a message that the history keeps.
func (d *feed) DeliverAt(offset uint64, m core.Message, body core.Body) {
	if d.wants(m) && d.takes(offset) {
		d.socket.session.deliver(d.socket, &outgoing{body: body, size: m.Size(), endpoint: d.number, offset: offset})
	}
}

// takes tells whether a message is to be delivered, rather than read by the replay. The client learns of the history
// before its first message.
func (d *feed) takes(offset uint64) bool {
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.phase != live {
		d.leftOver = offset
		return false
	}
	if offset <= d.reached {
		return false // it was replayed
	}
	if !d.placed {
		d.place(core.Position{Epoch: d.past.Epoch(), Offset: offset - 1})
	}
	d.handOn(offset)
	return true
}

// handOn notes that a message goes to the client, who learns of its place with it, if messages leave in order. The lock
// is held.
func (d *feed) handOn(offset uint64) {
	d.reached = offset
	if d.socket.outbox.inOrder() {
		d.told = offset
	}
}

// place tells the client where it stands. The lock is held, and nothing of this feed is queued.
func (d *feed) place(p core.Position) {
	d.placed, d.told = true, p.Offset
	d.reached = max(d.reached, p.Offset)
	d.socket.session.sendLocked(&core.Frame{Kind: core.KindPosition, Socket: d.socket.id, ID: d.number, Offset: p.Offset,
		Name: []byte(p.Epoch)})
}

// proven is told that a subscription is live: who has heard of nothing yet can all the same say where it was.
func (d *feed) proven() {
	if d.past == nil {
		return
	}
	p, ok := d.past.Position()
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok && d.phase == live && !d.placed {
		d.place(p)
	}
}

// Reached implements gateway.Follower. A client that hears little on an endpoint where much goes by is told its place
// before what follows it is forgotten; unless something is queued for it, which it must not be told to be past.
func (d *feed) Reached(oldest, latest uint64) {
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	k := d.socket
	behind := latest > d.told && (d.told < (oldest+latest)/2 || !k.outbox.inOrder())
	if d.past == nil || d.phase != live || d.placed && !behind || !k.outbox.settled() || s.sockets[k.id] != k {
		return
	}
	d.place(core.Position{Epoch: d.past.Epoch(), Offset: latest})
}

// delivers tells whether a message without a place in a history may be delivered.
func (d *feed) delivers() bool {
	if !d.held {
		return true
	}
	s := d.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.phase != holding
}
