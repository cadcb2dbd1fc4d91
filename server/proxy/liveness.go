package proxy

import "github.com/zmqwebbridge/zmqwebbridge/core"

// liveness counts, by subscription, the endpoints at which it is not proven live yet. The session's lock guards it.
type liveness map[uint64]int

// subscribe asks for a prefix at every endpoint. An error says that one of them does not take it; then none has it.
func (l liveness) subscribe(k *Socket, id uint64, prefix []byte, inflows []*inflow) *core.Error {
	l.await(k, id, len(inflows))
	e := subscribeAt(inflows, prefix, func(d *inflow) func() {
		return func() {
			d.proven()
			l.proven(k, id)
		}
	})
	if e != nil {
		l.forget(k, id)
	}
	return e
}

// await begins to count.
func (l liveness) await(k *Socket, id uint64, endpoints int) {
	k.handle.Lock()
	defer k.handle.Unlock()
	l[id] = endpoints
}

// proven counts down; the last endpoint answers the client.
func (l liveness) proven(k *Socket, id uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	waiting, known := l[id]
	if !known {
		return
	}
	if waiting > 1 {
		l[id] = waiting - 1
		return
	}
	delete(l, id)
	k.handle.SendLocked(&core.Frame{Kind: core.KindSubscribed, ID: id})
}

func (l liveness) forget(k *Socket, id uint64) {
	k.handle.Lock()
	defer k.handle.Unlock()
	delete(l, id)
}
