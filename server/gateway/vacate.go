package gateway

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Vacate stops listening at an address at which nobody listens through this factory any more, instead of waiting for
// Config.IdleClose: the address is free when it returns. If somebody does, or if something that was sent has yet to leave,
// it is not.
func (f *Factory) Vacate(t core.SocketType, ep core.Endpoint) {
	f.vacate(slotKey{kind: t, endpoint: ep, bind: true})
}

func (f *Factory) vacate(key slotKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.slots[key]
	if s == nil || s.users > 0 {
		return
	}
	if l, ok := s.gateway.(lingerer); ok && l.lingers() && time.Since(s.since) < f.config.IdleClose {
		s.idle.Reset(lingerStep)
		return
	}
	s.idle.Stop()
	f.retire(s)
}
