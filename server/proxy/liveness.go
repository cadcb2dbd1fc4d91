package proxy

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// liveness has, by subscription, the endpoints at which it is not proven live yet, of which there are few. The session's lock
// guards it.
type liveness struct {
	waiting map[uint64][]uint64 // nil: there is nothing, as is the case most of the time
}

// subscribe asks for a prefix at every endpoint. An error says that one of them does not take it; then none has it.
func (l *liveness) subscribe(k *socket, id uint64, prefix []byte, inflows []*inflow) *core.Error {
	numbers := make([]uint64, 0, len(inflows))
	for _, d := range inflows {
		numbers = append(numbers, d.number)
	}
	l.await(k, id, numbers)
	e := subscribeAt(inflows, prefix, func(d *inflow) func() {
		return func() {
			d.proven()
			l.proven(k, id, d.number)
		}
	})
	if e != nil {
		l.forget(k, id)
	}
	return e
}

// await begins to wait for the proof of these endpoints, which are different ones. Without any, the subscription is live.
func (l *liveness) await(k *socket, id uint64, endpoints []uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	if l.waiting == nil {
		l.waiting = map[uint64][]uint64{}
	}
	l.waiting[id] = endpoints
	l.answer(k, id)
}

// proven takes an endpoint off; after the last one the client is answered.
func (l *liveness) proven(k *socket, id, endpoint uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	l.takeOff(k, id, endpoint)
}

// drop takes an endpoint off that was disconnected.
func (l *liveness) drop(k *socket, endpoint uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	for id := range l.waiting {
		l.takeOff(k, id, endpoint)
	}
}

func (l *liveness) takeOff(k *socket, id, endpoint uint64) {
	if i := slices.Index(l.waiting[id], endpoint); i >= 0 {
		l.waiting[id] = slices.Delete(l.waiting[id], i, i+1)
		l.answer(k, id)
	}
}

func (l *liveness) answer(k *socket, id uint64) {
	if len(l.waiting[id]) == 0 {
		l.remove(id)
		k.handle.SendLocked(&core.Frame{Kind: core.KindSubscribed, ID: id})
	}
}

func (l *liveness) forget(k *socket, id uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	l.remove(id)
}

// remove lets go of a map in which nothing is left, which would keep its size.
func (l *liveness) remove(id uint64) {
	if delete(l.waiting, id); len(l.waiting) == 0 {
		l.waiting = nil
	}
}
