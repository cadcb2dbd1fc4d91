package core

import "time"

const (
	// probeDelay is how long a request may wait in silence before the client asks whether the bridge is still there. A
	// bridge that is there answers most requests sooner, so that most requests cost no Ping.
	probeDelay = 500 * time.Millisecond
	// probePatience is how long the bridge may take to answer a Ping of the client.
	probePatience = 3 * time.Second
	// probeRate is how many bytes a second even a slow network carries. The answer may take as much longer as it needs for
	// what was written before the Ping.
	probeRate = 64 << 10
	// probeMemory is how long a client remembers that it cut a connection which may have been alive.
	probeMemory = 10 * time.Minute
)

// probing is how a client finds out whether its bridge can still be reached. A network that changes tells nobody: a
// connection from before may be dead without a sign, and the heartbeat takes half a minute to notice. A bridge has none: what is called
// of a nil one does nothing.
type probing struct {
	wanted bool          // a request was queued, and whether the bridge is there matters as soon as it was taken
	asking bool          // a request was taken, and nothing was heard since
	askAt  time.Duration // the time to send a Ping if that stays so

	waiting  bool // a Ping of this client was not answered yet
	sentAt   time.Duration
	rtt      time.Duration // how long the last answer took; 0: there was none on this connection
	giveUpAt time.Duration

	patience time.Duration // how long an answer may take
	gaveUp   bool          // the last connection was cut because no answer came
	cutAt    time.Duration // when that was
}

// Probe asks the bridge for a sign of life. If none comes in time, Tick ends the connection, so that the next one can
// resume the session. The client calls it when something says that the network may have changed.
func (s *Session) Probe(now time.Duration) {
	p := s.probing
	if p == nil || s.phase != open || p.waiting {
		return
	}
	s.pings++
	s.append(&Frame{Kind: KindPing, ID: s.pings})
	p.waiting, p.asking, p.sentAt = true, false, now
	p.giveUpAt = now + s.probePatience(now)
}

// probePatience is how long the answer to a Ping of this client may take. A large message may be in its way, for which the
// bridge would need too long again after every cut. That is why the time doubles when the session of a connection that was
// cut goes on, up to the two heartbeats after which the silence itself ends the connection.
func (s *Session) probePatience(now time.Duration) time.Duration {
	p := s.probing
	if p.patience == 0 || now-p.cutAt > probeMemory {
		p.patience = probePatience
	}
	ahead := time.Duration(s.Unacknowledged()) * time.Second / probeRate
	return min(p.patience+ahead, 2*s.heartbeat)
}

// Expect says that the frame that was appended last will be answered, so that a silence after it means something.
func (s *Session) Expect() {
	if s.probing != nil {
		s.probing.wanted = true
	}
}

// took notes that what was queued was taken to be written.
func (p *probing) took(now time.Duration) {
	if p == nil {
		return
	}
	if p.wanted && !p.asking && !p.waiting {
		p.asking, p.askAt = true, now+probeDelay
	}
	p.wanted = false
}

// heardWhileProbing notes that something came from the bridge. Only the answer itself ends a probe, because anything else
// may have been on its way since before the network changed. But it shows that the answer may be late.
func (s *Session) heardWhileProbing(now time.Duration) {
	p := s.probing
	if p == nil {
		return
	}
	p.asking = false
	if p.waiting {
		p.giveUpAt = now + s.probePatience(now)
	}
}

// answered handles a Pong.
func (p *probing) answered(id, last uint64, now time.Duration) {
	if p != nil && id == last && p.waiting {
		p.waiting = false
		p.rtt = max(now-p.sentAt, 1)
	}
}

// RTT is how long the bridge took to answer the last Ping of this client. It is 0 while an answer is outstanding, and where
// there was none on this connection.
func (s *Session) RTT() time.Duration {
	if s.probing == nil || s.probing.waiting {
		return 0
	}
	return s.probing.rtt
}

// tickProbe sends the Ping that is due, and returns an error when a Ping was not answered in time.
func (s *Session) tickProbe(now time.Duration) error {
	p := s.probing
	switch {
	case p == nil:
	case p.waiting && now >= p.giveUpAt:
		p.waiting, p.gaveUp, p.cutAt = false, true, now
		return closeWith(CloseTimeout, "the bridge did not answer a Ping in time")
	case p.asking && now >= p.askAt:
		s.Probe(now)
	}
	return nil
}

// nextProbe is next, or the time at which tickProbe has something to do, if that is earlier.
func (p *probing) nextProbe(next time.Duration) time.Duration {
	if p == nil {
		return next
	}
	if p.waiting {
		next = min(next, p.giveUpAt)
	}
	if p.asking {
		next = min(next, p.askAt)
	}
	return next
}

// cut ends all that belongs to one WebSocket.
func (p *probing) cut() {
	if p != nil {
		p.wanted, p.asking, p.waiting, p.rtt = false, false, false, 0
	}
}

// probeWelcomed notes whether the session goes on. If a probe has cut its connection, the next answer may take longer.
func (s *Session) probeWelcomed(resumed bool) {
	p := s.probing
	switch {
	case p == nil:
		return
	case !resumed:
		p.patience = 0
	case p.gaveUp:
		p.patience = min(2*p.patience, 2*s.heartbeat)
	}
	p.gaveUp = false
}
