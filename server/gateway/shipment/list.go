package shipment

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
)

// List is the shipments of one sender that may still wait somewhere. The zero value is ready; a lock of its owner guards it.
type List struct {
	all  []*Shipment
	most int // how many there may be before those that have gone are sorted out
}

// few are not worth sorting.
const few = 64

// Add appends one.
func (l *List) Add(s *Shipment) {
	if len(l.all) >= max(l.most, few) {
		l.all = slices.DeleteFunc(l.all, func(s *Shipment) bool { return s.message.Load() == nil })
		l.most = 2 * len(l.all)
	}
	l.all = append(l.all, s)
}

// Take takes all out.
func (l *List) Take() []*Shipment {
	all := l.all
	*l = List{}
	return all
}

// DropAll drops and counts what still waits of them. No lock is held.
func DropAll(all []*Shipment, n *drop.Counters) {
	for _, s := range all {
		if s.Drop() {
			n.Add(drop.Closed)
		}
	}
}
