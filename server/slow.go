package server

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// closeSlow ends the socket of a lane that asked to be closed rather than to lose anything. A gateway calls it, which must
// not wait for itself: what the socket holds of the gateways is given back later.
func (s *session) closeSlow(l *lane) {
	k := l.socket
	s.countDropped(l, k.outbox.len()+1)
	s.forget(k)
	delete(s.sockets, k.id)
	s.sendLocked(&core.Frame{Kind: core.KindClosed, Socket: k.id, Code: core.Busy, Text: slowText})
	s.ended = append(s.ended, k)
	if !s.handling { // a frame that is handled may be about this socket
		s.bridge.background(s.reap)
	}
}

var slowText = []byte("messages came faster than they were consumed")

// forget drops what is queued for a socket that is closed.
func (s *session) forget(k *socket) {
	s.queuedBytes -= k.outbox.clear()
	s.active = slices.DeleteFunc(s.active, func(other *socket) bool { return other == k })
}

// handled is told that a frame has been; it takes the lock.
func (s *session) handled() {
	s.mu.Lock()
	s.handling = false
	if len(s.ended) > 0 {
		s.mu.Unlock()
		s.reap()
		s.mu.Lock()
	}
}

// reap releases the sockets that the bridge has closed, unless a frame that may be about one of them is being handled: who
// handles it does it then.
func (s *session) reap() {
	s.mu.Lock()
	if s.handling {
		s.mu.Unlock()
		return
	}
	ended := s.ended
	s.ended = nil
	s.mu.Unlock()
	for _, k := range ended {
		k.release()
	}
}

// background runs f in a goroutine that Close waits for. A bridge that is closing runs nothing: it ends the sessions, and
// they do it.
func (b *Bridge) background(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.running.Add(1)
	go func() {
		defer b.running.Done()
		f()
	}()
}
