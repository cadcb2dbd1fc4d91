package session

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Gatherer is who takes requests of a Socket while the session's lock is held, and passes them on when all of them are there that
// came together.
type Gatherer interface {
	// Gather is Handle for a Request, with the lock held: it calls no hook and no gateway that calls back. If it has not taken
	// the request, Handle is called. The memory of the request may be lent, see Handle.Pins. now is about now.
	Gather(r *core.Request, now time.Time) (taken bool, err error)

	// Settle is called with the lock held, when requests were taken that are to be passed on.
	Settle()

	// Pass is called without a lock, after some frames were taken, before any other frame of the session is handled.
	Pass()
}

// gathererOf is a socket's; nil: it has none, and Handle is called with all frames.
func gathererOf(k Socket) Gatherer {
	if g, ok := k.(interface{ Gatherer() Gatherer }); ok {
		return g.Gatherer()
	}
	return nil
}

// MaxGathered is how many requests are taken before they are passed on: the lock is held meanwhile.
const MaxGathered = 64

// gathering is what was taken and has yet to be passed on. The session's lock guards it.
type gathering struct {
	sockets []*Handle     // of those requests
	count   int           // of the requests
	last    *Handle       // the socket of the last one, which is a Gatherer; nil: there was none
	now     time.Duration // when the first of them came
}

// gather has a request taken, if its socket does so. The lock is held.
func (s *session) gather(r *core.Request) (taken bool, err error) {
	g := &s.gathered
	h := g.last
	if h == nil || h.id != r.Socket || !h.open {
		if h = s.sockets.At(r.Socket); h == nil || h.gatherer == nil {
			return false, nil
		}
		g.last = h
	}
	if h.aside.Taken() {
		return false, nil
	}
	if g.count == 0 {
		g.now = s.clock()
	}
	taken, err = h.gatherer.Gather(r, s.registry.started.Add(g.now))
	if !taken {
		return false, nil
	}
	if !h.gathered {
		h.gathered = true
		g.sockets = append(g.sockets, h)
	}
	if g.count++; g.count >= MaxGathered {
		s.passGathered()
	}
	return true, err
}

// passGathered passes on what was taken. The lock is held, but not meanwhile.
func (s *session) passGathered() {
	g := &s.gathered
	if g.count == 0 {
		return
	}
	s.registry.counters.Requests.Add(uint64(g.count))
	s.read += g.count
	sockets := g.sockets
	g.sockets, g.count = nil, 0
	for _, socket := range sockets {
		socket.gatherer.Settle()
	}
	s.handling = true
	s.mu.Unlock()
	defer s.handled()
	for _, h := range sockets {
		h.gathered = false
		h.gatherer.Pass()
	}
	clear(sockets)
	if cap(sockets) <= fewSockets {
		g.sockets = sockets[:0]
	}
}

// fewSockets is how many places for sockets a session keeps.
const fewSockets = 4
