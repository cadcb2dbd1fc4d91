package gateway

import (
	"slices"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// shipment is a message that waits in the queues towards one peer or several. Whoever sent it is told when none of them has
// it any more: until then it costs memory, however fast the others are.
type shipment struct {
	envelope core.Message                 // goes in front of it
	message  atomic.Pointer[core.Message] // nil: all are done with it, or it was dropped
	holders  atomic.Int32                 // the queues that have it, and whoever puts it into them
	gone     func()                       // nil: nobody wants to know
}

// newShipment makes one that is held by the caller, who lets go with Left.
func newShipment(envelope, m core.Message, gone func()) *shipment {
	s := &shipment{envelope: envelope, gone: gone}
	s.message.Store(&m)
	s.holders.Store(1)
	return s
}

// push puts it into a queue.
func (s *shipment) push(q *zmtp.Queue, size int64) error {
	s.holders.Add(1)
	err := q.Push(s, size)
	if err != nil {
		s.holders.Add(-1) // the caller holds it, too
	}
	return err
}

// Write implements zmtp.Outgoing.
func (s *shipment) Write(p *zmtp.Conn) error {
	m := s.message.Load()
	if m == nil {
		return nil
	}
	return p.Send(s.envelope, *m)
}

// Left implements zmtp.Leaver.
func (s *shipment) Left() {
	if s.holders.Add(-1) == 0 {
		s.drop()
	}
}

// drop forgets the message, also where it still waits. It tells whether there was something to forget.
func (s *shipment) drop() bool {
	if s.message.Swap(nil) == nil {
		return false
	}
	if s.gone != nil {
		s.gone()
	}
	return true
}

// shipments are those of a port that may still wait somewhere. The lock of its pattern guards them.
type shipments struct {
	all  []*shipment
	most int // how many there may be before those that have gone are sorted out
}

// fewShipments are not worth sorting.
const fewShipments = 64

func (l *shipments) add(s *shipment) {
	if len(l.all) >= max(l.most, fewShipments) {
		l.all = slices.DeleteFunc(l.all, func(s *shipment) bool { return s.message.Load() == nil })
		l.most = 2 * len(l.all)
	}
	l.all = append(l.all, s)
}

// take takes all out.
func (l *shipments) take() []*shipment {
	all := l.all
	*l = shipments{}
	return all
}

// dropShipments drops what still waits of what a port has sent. No lock is held.
func (c *counters) dropShipments(all []*shipment) {
	for _, s := range all {
		if s.drop() {
			c.drop(DropClosed)
		}
	}
}

// behindBytes is how much may wait for a peer that is not to be spared; see Port.SendSparing.
const behindBytes = 512 << 10

// isBehind tells whether much waits for a peer.
func isBehind(q *zmtp.Queue) bool { return q.Bytes() > behindBytes }
