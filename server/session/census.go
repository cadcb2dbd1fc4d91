package session

import (
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Census is who uses what at a moment.
type Census struct {
	Sockets  map[core.SocketType]int
	Sessions map[string]int // by the name of an endpoint that they use; "" is all that has no name
}

// Census counts all sessions, those that wait to be resumed too, and has them hand in what they have counted by endpoint.
func (r *Registry) Census() Census {
	c := Census{Sockets: map[core.SocketType]int{}, Sessions: map[string]int{}}
	for s := range r.sessions() {
		s.mu.Lock()
		names := map[string]bool{}
		for _, h := range s.sockets {
			c.Sockets[h.typ]++
			h.socket.HandIn()
			for up := range h.used() {
				names[up.Endpoint.Name] = true
			}
		}
		s.mu.Unlock()
		for name := range names {
			c.Sessions[name]++
		}
	}
	return c
}

// used are the endpoints that were not refused.
func (h *Handle) used() iter.Seq[Upstream] {
	return func(yield func(Upstream) bool) {
		for up := range h.socket.Upstreams() {
			if up.Refused == nil && up.Endpoint != (core.Endpoint{}) && !yield(up) {
				return
			}
		}
	}
}
