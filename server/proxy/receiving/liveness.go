package receiving

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Liveness has, by subscription, the endpoints at which it is not proven live yet, of which there are few. The session's lock
// guards it.
type Liveness struct {
	waiting map[uint64][]uint64 // nil: there is nothing, as is the case most of the time
}

// Subscribe asks for a prefix at every endpoint. An error says that one of them does not take it; then none has it.
func (l *Liveness) Subscribe(h *session.Handle, id uint64, prefix []byte, inflows []*Inflow) error {
	numbers := make([]uint64, 0, len(inflows))
	for _, d := range inflows {
		numbers = append(numbers, d.number)
	}
	l.await(h, id, numbers)
	err := Subscribe(inflows, prefix, func(d *Inflow) func() {
		return func() {
			d.Proven()
			l.proven(h, id, d.number)
		}
	})
	if err != nil {
		l.Forget(h, id)
	}
	return err
}

// await begins to wait for the proof of these endpoints, which are different ones. Without any, the subscription is live.
func (l *Liveness) await(h *session.Handle, id uint64, endpoints []uint64) {
	h.Lock()
	defer h.Unlock()
	if l.waiting == nil {
		l.waiting = map[uint64][]uint64{}
	}
	l.waiting[id] = endpoints
	l.answer(h, id)
}

// proven takes an endpoint off; after the last one the client is answered.
func (l *Liveness) proven(h *session.Handle, id, endpoint uint64) {
	h.Lock()
	defer h.Unlock()
	l.takeOff(h, id, endpoint)
}

// Drop takes an endpoint off that was disconnected.
func (l *Liveness) Drop(h *session.Handle, endpoint uint64) {
	h.Lock()
	defer h.Unlock()
	for id := range l.waiting {
		l.takeOff(h, id, endpoint)
	}
}

func (l *Liveness) takeOff(h *session.Handle, id, endpoint uint64) {
	if i := slices.Index(l.waiting[id], endpoint); i >= 0 {
		l.waiting[id] = slices.Delete(l.waiting[id], i, i+1)
		l.answer(h, id)
	}
}

func (l *Liveness) answer(h *session.Handle, id uint64) {
	if len(l.waiting[id]) == 0 {
		l.remove(id)
		h.SendLocked(&core.Frame{Kind: core.KindSubscribed, ID: id})
	}
}

// Forget does so with a subscription that has ended.
func (l *Liveness) Forget(h *session.Handle, id uint64) {
	h.Lock()
	defer h.Unlock()
	l.remove(id)
}

// remove lets go of a map in which nothing is left, which would keep its size.
func (l *Liveness) remove(id uint64) {
	if delete(l.waiting, id); len(l.waiting) == 0 {
		l.waiting = nil
	}
}
