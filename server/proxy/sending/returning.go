package sending

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TakeBack is told what a port has taken and nobody got, because its last peer has gone: the others are to have it.
func (b *Backlog) TakeBack(messages []core.Message) {
	h := b.handle
	h.Lock()
	b.under -= len(messages)
	if b.stopped {
		b.dropLocked(messages)
		b.tellLocked()
		b.forgetIfGone()
	} else {
		b.returned = append(b.returned, messages...)
	}
	h.Unlock()
	b.Pass()
}

// Remove takes a port away. What it has not sent yet goes to the others, before what waits; without others all of it fails.
func (b *Backlog) Remove(port *gateway.Port) {
	h := b.handle
	h.Lock()
	b.ports = slices.DeleteFunc(slices.Clone(b.ports), func(other *gateway.Port) bool { return other == port })
	h.Unlock()
	back := port.Withdraw()
	h.Lock()
	b.under -= len(back)
	b.returned = append(b.returned, back...)
	h.Unlock()
	b.Pass()
}

// failNowhere fails what waits if there is nobody left to send it to. The lock is held, and no message is being offered.
func (b *Backlog) failNowhere() {
	if len(b.ports) > 0 || b.opened == 0 || b.stopped || b.moving {
		return
	}
	why := b.nowhere()
	if why == nil {
		return
	}
	for _, queue := range []*[]core.Message{&b.returned, &b.waiting} {
		for _, m := range *queue {
			b.held.Add(-sendCost(m))
			b.failed(m, why)
		}
		*queue = nil
	}
}
