package simulator

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// fault is something that goes wrong.
type fault int

const (
	faultCut      fault = iota // the network ends a connection, and both ends notice soon
	faultHalfOpen              // the network ends one direction or both, and one end or both notice only the silence
	faultStall                 // a direction stands still for a while
	faultHangUp                // a page gives up a slow connection and dials again; what it wrote still arrives
	faultSleep                 // a laptop sleeps
	faultPause                 // the bridge's machine sleeps
	faultRestart               // the bridge forgets everything
	faultReload                // a page is reloaded: a new client, which may go on with the session
	faultGoAway                // the bridge asks a page to leave
	faultDrain                 // the bridge asks all pages to leave, and turns everybody away for a while
	faultOutage                // no page can dial for a while
	faultDrop                  // the bridge gives up a session
	faultExpire                // the credentials of a page expire
	faultEpoch                 // a publisher's history begins anew
	faultReplay                // a stranger presents a token that was used
	faultForge                 // a stranger breaks the protocol
	faultCount
)

// strike makes one fault happen.
func (s *simulation) strike() {
	total := 0
	for _, w := range s.climate.weights {
		total += w
	}
	if total == 0 {
		return
	}
	n := s.rnd.IntN(total)
	for f, w := range s.climate.weights {
		if n -= w; n < 0 {
			s.inflict(fault(f), pick(s, s.pages))
			return
		}
	}
}

func (s *simulation) inflict(f fault, p *page) {
	switch f {
	case faultSleep:
		d := s.around(pick(s, []time.Duration{time.Second, 20 * time.Second, 2 * time.Minute}))
		s.note("page %d sleeps for %v", p.number, d)
		p.awake = max(p.awake, s.Now()+d)
	case faultPause:
		s.bridge.pause(s.around(pick(s, []time.Duration{time.Second, 20 * time.Second})))
	case faultRestart:
		s.bridge.restart()
	case faultReload:
		s.reload(p)
	case faultDrain:
		s.bridge.turnAway(s.around(5 * time.Second))
		for _, other := range s.pages {
			s.goAway(other)
		}
	case faultOutage:
		s.outage = s.Now() + s.around(pick(s, []time.Duration{2 * time.Second, time.Minute}))
		s.note("nobody can dial until %v", s.outage-time.Hour)
	case faultEpoch:
		pick(s, s.bridge.feeds).restart()
	case faultReplay:
		s.replay()
	case faultForge:
		s.forge()
	default:
		if p.conn != nil {
			s.inflictOn(f, p, p.conn)
		}
	}
}

// inflictOn makes a fault happen that concerns a single connection.
func (s *simulation) inflictOn(f fault, p *page, c *conn) {
	switch f {
	case faultCut:
		c.cut()
	case faultHalfOpen:
		c.halfOpen()
	case faultStall:
		d := s.around(pick(s, []time.Duration{time.Second, 40 * time.Second}))
		s.note("conn %d stands still for %v", c.number, d)
		pick(s, []*pipe{c.up, c.down}).stall(d)
	case faultHangUp:
		c.up.stall(s.around(3 * time.Second))
		s.After(s.around(time.Second), func() {
			if p.conn == c && s.Now() >= p.awake {
				p.hangUp(core.NewCloseError(core.CloseGoingAway, "tries another"))
			}
		})
	case faultGoAway:
		s.goAway(p)
	case faultExpire:
		s.expire(c)
	case faultDrop:
		if b := c.line.session; b != nil {
			b.drop("out of memory")
		}
	}
}

// cut ends a connection. In each direction, what is under way is lost from some point on. Both ends notice before long.
func (c *conn) cut() {
	s := c.sim
	s.note("conn %d is cut", c.number)
	c.up.sever(s.rnd.IntN(len(c.up.flight) + 1))
	c.down.sever(s.rnd.IntN(len(c.down.flight) + 1))
	s.After(s.around(time.Second), c.pageNotices)
	s.After(s.around(time.Second), c.bridgeNotices)
}

// halfOpen ends one direction of a connection or both. Neither end, or only one, is told.
func (c *conn) halfOpen() {
	s := c.sim
	s.note("conn %d goes silent", c.number)
	which := s.rnd.IntN(3)
	if which != 0 {
		c.up.sever(s.rnd.IntN(len(c.up.flight) + 1))
	}
	if which != 1 {
		c.down.sever(s.rnd.IntN(len(c.down.flight) + 1))
	}
	switch s.rnd.IntN(3) {
	case 0:
		s.After(s.around(time.Second), c.pageNotices)
	case 1:
		s.After(s.around(time.Second), c.bridgeNotices)
	}
}

// overtake delays a Hello, so that the next Hello of the page may arrive before it.
func (c *conn) overtake() {
	s := c.sim
	c.up.stall(s.around(10 * s.climate.latency))
	s.After(s.around(4*s.climate.latency), func() {
		if p := c.page; p.conn == c && s.Now() >= p.awake {
			p.hangUp(core.NewCloseError(core.CloseGoingAway, "tries another"))
		}
	})
}

func (c *conn) pageNotices() {
	p := c.page
	if p == nil {
		return
	}
	if wake := p.awake; wake > c.sim.Now() {
		c.sim.At(wake, c.pageNotices)
		return
	}
	p.lost(c)
}

func (c *conn) bridgeNotices() {
	if wake := c.sim.bridge.awake; wake > c.sim.Now() {
		c.sim.At(wake, c.bridgeNotices)
		return
	}
	c.line.gone(false)
}

// pause makes the bridge do nothing for a while.
func (b *bridge) pause(d time.Duration) {
	b.sim.note("the bridge pauses for %v", d)
	b.awake = max(b.awake, b.sim.Now()+d)
	for _, l := range b.lines {
		l.pumpLater(b.awake)
	}
}

// goAway makes the bridge ask a page to leave, and close the connection if the page has not left in time.
func (s *simulation) goAway(p *page) {
	if p.conn == nil {
		return
	}
	l := p.conn.line
	if l.over || l.session == nil {
		return
	}
	d := s.around(3 * time.Second)
	l.engine.GoAway(d, "drained")
	l.pump()
	s.After(d, func() { l.close(core.NewCloseError(core.CloseGoingAway, "drained")) })
}
