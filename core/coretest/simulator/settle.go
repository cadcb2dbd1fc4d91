package simulator

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// patience is how long everything pending may take to end once nothing goes wrong any more. It is the sum of the longest
// timeout of a request, the time until a silent connection is noticed, and the time for which a session is kept, each with
// something to spare. Messages that wait are added, because a window may be a single message.
func (s *simulation) patience() time.Duration {
	c := &s.climate
	waits := 0
	for _, b := range s.bridge.sessions {
		for _, k := range b.sockets {
			waits += len(k.queue.waiting)
		}
	}
	for _, p := range s.pages {
		for _, k := range p.sockets {
			for _, f := range k.feeds {
				if f != nil { // all of its history may be recovered
					waits += len(f.past)
				}
			}
		}
	}
	return 3*time.Minute + 4*c.heartbeat + c.retain + time.Duration(waits)*(time.Second+4*c.latency)
}

// settle switches the faults off. Then everything pending has to end, no message may be missing without a report, and in
// the end nothing may be sent but heartbeats.
func (s *simulation) settle() {
	s.note("calm")
	s.calm = true
	s.outage, s.bridge.closed = 0, 0
	for _, p := range s.pages {
		for _, k := range p.sockets {
			for len(k.held) > 0 {
				p.do(k.consumeOne)
			}
			p.do(func() { p.unpause(k) })
		}
	}
	patience := s.patience()
	for end := s.allAwake() + patience; !s.settled(); s.advance() {
		if s.Now() > end {
			s.fail("%v after the last fault something is still pending: %s", patience, s.pending())
		}
	}
	for _, p := range s.pages {
		for _, k := range p.sockets {
			k.ended()
		}
	}
	s.listen()
}

// allAwake is the time at which neither the bridge nor any page sleeps any more.
func (s *simulation) allAwake() time.Duration {
	at := max(s.Now(), s.bridge.awake)
	for _, p := range s.pages {
		at = max(at, p.awake)
	}
	return at
}

func (s *simulation) settled() bool { return s.pending() == "" }

// pending names the first thing that has not ended; "" if everything has.
func (s *simulation) pending() string {
	for _, p := range s.pages {
		switch {
		case p.conn == nil || !p.client.Ready() || p.session == nil || p.session.line == nil || p.session.line != p.conn.line:
			return p.String() + " is not connected"
		case p.conn.up.severed || p.conn.down.severed:
			return p.String() + " has yet to notice that it is not"
		case p.leaving == p.conn:
			return p.String() + " is asked to leave"
		case len(p.conn.up.flight)+len(p.conn.down.flight) > 0:
			return p.String() + " is talking"
		case p.client.Queued() > 0 || !p.client.Idle() || p.client.Lingers():
			return p.String() + " has something to say, or waits"
		case p.session.login != p.login:
			return p.String() + " has other credentials than the bridge knows"
		case p.session.engine.Queued() > 0 || p.session.engine.Unacknowledged() > 0:
			return p.session.String() + " has something to say, or waits"
		}
		for _, k := range p.sockets {
			if what := k.pending(); what != "" {
				return p.String() + ": " + what
			}
		}
	}
	if len(s.bridge.sessions) > len(s.pages) {
		return "a session that nobody is in"
	}
	return ""
}

func (s *pageSocket) pending() string {
	switch b := s.page.session.socket(s.id); {
	case len(s.requests) > 0:
		return "requests"
	case len(s.held) > 0:
		return "messages held"
	case b == nil:
		return "" // the socket was never connected
	case len(b.queue.waiting) > 0 || b.queue.missing != missing{}:
		return "messages at the bridge"
	case len(b.asking) > 0:
		return "requests of a backend"
	case b.opening > 0:
		return "endpoints that open"
	case b.granted && b.grants+b.ungranted < s.page.sim.climate.sendMessages():
		return "credit to grant"
	case b.granted && s.arrivedNow()+s.denied < s.sent:
		return "messages of the page"
	}
	return ""
}

// arrivedNow is the number of the last message of the page that will arrive. Messages that were under way when a session
// was lost will not.
func (s *pageSocket) arrivedNow() uint64 {
	if s.resets > 0 && s.page.client.Idle() {
		return s.sent
	}
	return s.arrived
}

// ended compares the records of a socket at both ends, when nothing is under way.
func (s *pageSocket) ended() {
	b := s.page.session.socket(s.id)
	if b == nil || b.gone {
		if len(s.feeds) > 0 {
			s.fail("the bridge does not have it")
		}
		return
	}
	if err := s.stream.ended(b.sent); err != nil {
		s.fail("%v", err)
	}
	if len(b.endpoints) != len(s.feeds) || len(b.subscriptions) != len(s.subs) {
		s.fail("the bridge has %d endpoints and %d subscriptions, the page %d and %d",
			len(b.endpoints), len(b.subscriptions), len(s.feeds), len(s.subs))
	}
	if len(b.pending) > 0 && s.typ == core.REQ {
		s.fail("the bridge works on %d requests that nobody waits for", len(b.pending))
	}
	for _, e := range b.endpoints {
		if e.held && len(s.subs) > 0 {
			s.fail("the bridge waits for a Recover")
		}
	}
	s.windows(b)
	if s.typ == core.PUSH && b.granted {
		s.checkUnseen(s.sent)
	}
	if s.blocked && b.granted {
		s.fail("there is room again, and the page was not told")
	}
}

// windows checks the credit of the bridge when the page holds nothing. It is the window without what the client has not
// granted again yet, which is at most half of the window.
func (s *pageSocket) windows(b *bridgeSocket) {
	c := &s.page.sim.climate
	if len(b.endpoints) == 0 || !s.typ.Receives() {
		return
	}
	if b.credit > c.messages || 2*b.credit < c.messages {
		s.fail("the bridge may send %d messages, the window is %d", b.credit, c.messages)
	}
	if b.creditBytes > c.bytes || 2*b.creditBytes < c.bytes {
		s.fail("the bridge may send %d bytes, the window is %d", b.creditBytes, c.bytes)
	}
}

// listen counts what is sent when there is nothing to send. It may be only heartbeats and the answers to them.
func (s *simulation) listen() {
	const beats = 10
	s.note("everything has ended")
	said := 0
	var conns []*conn
	for _, p := range s.pages {
		conns = append(conns, p.conn)
		p.conn.up.deliver = counting(&said, p.conn.up.deliver)
		p.conn.down.deliver = counting(&said, p.conn.down.deliver)
	}
	for end := s.Now() + beats*s.climate.heartbeat; s.Now() < end; {
		s.advance()
	}
	for i, p := range s.pages {
		if p.conn != conns[i] {
			s.fail("with nothing going on page %d lost its connection", p.number)
		}
	}
	if most := len(s.pages) * 2 * (beats + 1); said > most {
		s.fail("with nothing going on %d batches were written in %d heartbeats, %d are enough", said, beats, most)
	}
}

func counting(n *int, deliver func(parcel)) func(parcel) {
	return func(x parcel) {
		*n++
		deliver(x)
	}
}
