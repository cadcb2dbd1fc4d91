package session

import "maps"

// Occupancy is what clients have at the bridge at a moment.
type Occupancy struct {
	Sockets       int
	Subscriptions int
	Claims        int // endpoints that wait for what another client has
	Queued        int // messages that wait for credit, or for their turn
	QueuedBytes   int // what waits in all, with what each message costs besides its payload
}

// Occupancy adds up all sessions, those that wait to be resumed too. It takes the lock of one after the other.
func (r *Registry) Occupancy() (all Occupancy) {
	for s := range r.sessions() {
		s.mu.Lock()
		for _, h := range s.sockets {
			all.Queued += h.queue.Len()
		}
		all.Sockets += len(s.sockets)
		all.Subscriptions += s.usage.Subscriptions
		all.Claims += s.usage.Claims
		all.QueuedBytes += s.outbox.Bytes() + s.engine.Queued()
		s.mu.Unlock()
	}
	return all
}

// sessions are all there are, each once: a session that is being resumed is on a line and on the list of those that wait.
func (r *Registry) sessions() map[*session]struct{} {
	sessions := map[*session]struct{}{}
	r.mu.Lock()
	for s := range maps.Values(r.lines) {
		if s != nil {
			sessions[s] = struct{}{}
		}
	}
	r.mu.Unlock()
	r.retention.mu.Lock()
	for _, s := range r.retention.cut {
		sessions[s] = struct{}{}
	}
	r.retention.mu.Unlock()
	return sessions
}
