package server

import "github.com/zmqwebbridge/zmqwebbridge/core"

// liveness counts, by subscription, the endpoints at which it is not proven live yet. The session's lock guards it.
type liveness map[uint64]int

// await begins to count.
func (l liveness) await(k *socket, id uint64, endpoints int) {
	k.session.mu.Lock()
	defer k.session.mu.Unlock()
	l[id] = endpoints
}

// proven counts down; the last endpoint answers the client.
func (l liveness) proven(k *socket, id uint64) {
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, known := l[id]
	if !known {
		return
	}
	if waiting > 1 {
		l[id] = waiting - 1
		return
	}
	delete(l, id)
	s.sendLocked(&core.Frame{Kind: core.KindSubscribed, Socket: k.id, ID: id})
}

func (l liveness) forget(k *socket, id uint64) {
	k.session.mu.Lock()
	defer k.session.mu.Unlock()
	delete(l, id)
}
