package server

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// intake takes the messages of one port for its socket. Types that lose nothing in ZeroMQ hold the port back while the
// client has granted no credit, so that its peer sees the back-pressure.
type intake struct {
	socket *socket

	mu   sync.Mutex
	port *gateway.Port // nil before attach and after detach

	held bool // the port was told that there is no room; guarded by the session's lock
}

// Receive implements gateway.Receiver.
func (in *intake) Receive(m core.Message) bool {
	k := in.socket
	s := k.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || s.sockets[k.id] != k {
		return false
	}
	if !s.hasRoom(k, m.Size()) {
		if !in.held {
			in.held = true
			s.held = append(s.held, in)
		}
		return false
	}
	s.queue(&k.outbox.main, &outgoing{body: core.EncodeBody(m), size: m.Size()})
	return true
}

func (in *intake) attach(port *gateway.Port) {
	in.mu.Lock()
	in.port = port
	in.mu.Unlock()
	port.Resume() // it may have been turned away before
}

func (in *intake) detach() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.port = nil
}

func (in *intake) resume() {
	in.mu.Lock()
	port := in.port
	in.mu.Unlock()
	if port != nil {
		port.Resume()
	}
}

// hasRoom: a message is taken for a socket only if nothing but the writer stands between it and the client, and the
// client is there.
func (s *session) hasRoom(k *socket, size int) bool {
	return s.line != nil && k.outbox.len() < k.outbox.granted() && s.queuedBytes+size <= s.maxQueued()
}

// resumeHeld lets ports, and replays, go on whose sockets have room again. No lock is held.
func (s *session) resumeHeld() {
	s.replayOn()
	s.mu.Lock()
	var free []*intake
	rest := s.held[:0]
	for _, in := range s.held {
		if s.hasRoom(in.socket, 0) {
			in.held = false
			free = append(free, in)
		} else {
			rest = append(rest, in)
		}
	}
	clear(s.held[len(rest):])
	s.held = rest
	s.mu.Unlock()
	for _, in := range free {
		in.resume()
	}
}
