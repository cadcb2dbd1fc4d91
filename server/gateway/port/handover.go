package port

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// handover is what happens to messages when a name goes from one page to the next: to a ROUTER both are the same peer, and
// stay it. A connection of its own for each would not do. A ROUTER takes no second peer of a name as long as it has not let go
// of the first, which may take until its application has read all that the first one sent, and it tells nobody.
//
// What is under way to the first page is not for the next one. It is dropped and counted: all that comes while nobody has
// the name, and what was sent before the next page came. To know what that is, a PING goes out when the page comes, before
// anything of its own. What arrives before the answer is dropped too. libzmq lets its answer overtake what waits in its own
// queue; so another PING goes out until nothing has come between two of them, or there were enough. A peer that knows no PING is
// believed to have nothing under way. Then the page is told how much is missing. The lock of the members guards it.
//
// All methods are for a nil *handover, too: then nothing is dropped.
type handover struct {
	peer      *zmtp.Conn // the connection; nil: there is none
	abandoned bool       // what comes is for nobody
	missed    uint64     // messages that were dropped
	round     uint64     // number of the last PING
	before    uint64     // how much was missed when that was sent
	left      int        // how many PINGs may follow
}

// maxRounds is how many PINGs there are at most. A ROUTER that never stops sending must not keep its page waiting for ever.
const maxRounds = 20

// heir is a Receiver that wants to know how many messages were sent to its name and dropped, because they were for the page
// that had the name before.
type heir interface{ Missed(messages uint64) }

// abandon notes that the page has gone. The caller holds the lock.
func (h *handover) abandon() {
	if h != nil {
		h.abandoned = true
		h.round++ // an answer that is awaited is for a page that has gone
	}
}

func (h *handover) dropping() bool { return h != nil && h.abandoned }

// begin is told that the next page is there. If nothing is under way, it returns how much the page has missed. The caller
// holds the lock.
func (h *handover) begin() (missed uint64) {
	if !h.dropping() {
		return 0
	}
	h.left = maxRounds
	if h.ping() {
		return 0
	}
	return h.end()
}

// ping sends a PING and tells whether an answer can be expected.
func (h *handover) ping() bool {
	h.round++
	h.before = h.missed
	h.left--
	return h.peer != nil && h.peer.AnswersPing() && h.peer.Out.Push(marker(h.round), 0) == nil
}

// again tells whether something came before the answer to the last PING, and another one was sent.
func (h *handover) again() bool { return h.missed > h.before && h.left > 0 && h.ping() }

func (h *handover) end() (missed uint64) {
	missed = h.missed
	h.abandoned, h.missed = false, 0
	return missed
}

// marker is a PING with a number.
type marker uint64

// Write implements zmtp.Outgoing.
func (c marker) Write(p *zmtp.Conn) error { return p.Ping(uint64(c)) }

// forNobody tells whether a message that has come is to be dropped, and counts it then.
func (s *members) forNobody() bool {
	if s.handover == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.handover.dropping() {
		return false
	}
	s.handover.missed++
	return true
}

// attend notes a fresh connection, which is about to run.
func (s *members) attend(p *zmtp.Conn) {
	if s.handover == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handover.peer = p
	p.OnPong = func(context []byte) {
		if len(context) == 8 {
			s.answered(p, binary.BigEndian.Uint64(context))
		}
	}
}

// parted notes that a connection has ended, and nothing can come over it any more.
func (s *members) parted(p *zmtp.Conn) {
	if s.handover == nil {
		return
	}
	s.mu.Lock()
	round := s.handover.round
	s.mu.Unlock()
	s.settle(p, round)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handover.peer = nil
}

// answered is told of the answer to a PING.
func (s *members) answered(p *zmtp.Conn, round uint64) {
	s.mu.Lock()
	again := s.handover.peer == p && s.handover.round == round && len(s.ports) > 0 && s.handover.again()
	s.mu.Unlock()
	if !again {
		s.settle(p, round)
	}
}

// settle ends a handover: what comes from now on is for the page that is there.
func (s *members) settle(p *zmtp.Conn, round uint64) {
	s.mu.Lock()
	h := s.handover
	if h.peer != p || h.round != round || len(s.ports) == 0 {
		s.mu.Unlock()
		return
	}
	x, missed := s.ports[0], h.end()
	s.mu.Unlock()
	x.missed(missed)
}
