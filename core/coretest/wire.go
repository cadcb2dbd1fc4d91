package coretest

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// conn is a WebSocket between a page, or a stranger, and the bridge. Each direction has its own fate: what one end wrote
// may be lost although it thinks it went, and an end may take long to notice, or never.
type conn struct {
	sim     *simulation
	number  uint64
	page    *page // nil: a stranger's
	line    *line // the bridge's end
	up      *pipe // to the bridge
	down    *pipe
	resumed bool // goes on with a session that was cut
}

func newConn(s *simulation) *conn {
	c := &conn{sim: s, number: s.serial()}
	c.up, c.down = newPipe(c, true), newPipe(c, false)
	return c
}

// pipe is one direction. WebSocket messages arrive whole and in order, or not at all.
type pipe struct {
	conn     *conn
	toBridge bool
	flight   []parcel
	bytes    int // written and not arrived: what the writer's buffers hold
	latency  time.Duration
	last     time.Duration // when the last of them arrives
	severed  bool
	deliver  func(parcel)
	awake    func() time.Duration // when the receiver looks again
	drained  func()               // there is room again
}

// newPipe makes one. Some are much slower than their other direction, though not too slow for heartbeats.
func newPipe(c *conn, toBridge bool) *pipe {
	s := c.sim
	latency := s.climate.latency * pick(s, []time.Duration{1, 1, 1, 10})
	return &pipe{conn: c, toBridge: toBridge, latency: min(latency, s.climate.heartbeat/5)}
}

// parcel is a WebSocket message, or the end.
type parcel struct {
	batch []byte
	end   *core.CloseError
}

func (p *pipe) send(x parcel) {
	s := p.conn.sim
	if x.batch != nil {
		x.batch = s.Sabotage.tamper(p, x.batch)
	}
	p.bytes += len(x.batch)
	if p.severed {
		return
	}
	p.flight = append(p.flight, x)
	p.last = max(p.last, s.now+s.around(p.latency))
	s.at(p.last, p.arrive)
}

// arrive hands the next parcel on. A receiver that sleeps finds it when it wakes.
func (p *pipe) arrive() {
	if len(p.flight) == 0 {
		return // lost on the way
	}
	if wake := p.awake(); wake > p.conn.sim.now {
		p.conn.sim.at(wake, p.arrive)
		return
	}
	x := p.flight[0]
	p.flight = p.flight[1:]
	full := !p.hasRoom()
	p.bytes -= len(x.batch)
	p.deliver(x)
	if full && p.hasRoom() {
		p.drained()
	}
}

func (p *pipe) hasRoom() bool { return p.bytes < p.conn.sim.climate.capacity }

// sever loses all but the first few parcels under way, and whatever is sent from now on. The writer's buffers stay full.
func (p *pipe) sever(keep int) {
	p.severed = true
	p.flight = p.flight[:min(keep, len(p.flight))]
}

// stall delays what is sent from now on.
func (p *pipe) stall(d time.Duration) { p.last = max(p.last, p.conn.sim.now) + d }

// scramble overwrites a batch that was fed: an engine that kept a part of it without copying shows it.
func scramble(batch []byte) {
	for i := range batch {
		batch[i] = 0xdb
	}
}
