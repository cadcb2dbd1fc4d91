package shipment

import (
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Shipment is a message that waits in the queues towards one peer or several. Whoever sent it is told when none of them has
// it any more: until then it costs memory, however fast the others are.
type Shipment struct {
	envelope core.Message                 // goes in front of it
	message  atomic.Pointer[core.Message] // nil: all are done with it, or it was dropped
	holders  atomic.Int32                 // the queues that have it, and whoever puts it into them
	gone     func()                       // nil: nobody wants to know
}

// New makes one that is held by the caller, who lets go with Left. gone, which may be nil, is called once, without a lock,
// when nobody holds it any more or it was dropped.
func New(envelope, m core.Message, gone func()) *Shipment {
	s := &Shipment{envelope: envelope, gone: gone}
	s.message.Store(&m)
	s.holders.Store(1)
	return s
}

// Push puts it into a queue.
func (s *Shipment) Push(q *zmtp.Queue, size int64) error {
	s.holders.Add(1)
	err := q.Push(s, size)
	if err != nil {
		s.holders.Add(-1) // the caller holds it, too
	}
	return err
}

// Write implements zmtp.Outgoing.
func (s *Shipment) Write(p *zmtp.Conn) error {
	m := s.message.Load()
	if m == nil {
		return nil
	}
	return p.Send(s.envelope, *m)
}

// Left implements zmtp.Leaver.
func (s *Shipment) Left() {
	if s.holders.Add(-1) == 0 {
		s.Drop()
	}
}

// Drop forgets the message, also where it still waits. It tells whether there was something to forget.
func (s *Shipment) Drop() bool {
	if s.message.Swap(nil) == nil {
		return false
	}
	if s.gone != nil {
		s.gone()
	}
	return true
}

// behindBytes is how much may wait for a peer before it is behind.
const behindBytes = 512 << 10

// Behind tells whether much waits for a peer: whoever has much waiting elsewhere, too, had better not add to it.
func Behind(q *zmtp.Queue) bool { return q.Bytes() > behindBytes }
