package simulator

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// conn is a WebSocket between the bridge and a page or a stranger. The two directions fail independently of each other.
// What one end has written may be lost without its knowledge, and an end may notice late or never that the connection is
// gone.
type conn struct {
	sim     *simulation
	number  uint64
	page    *page // nil: it is a stranger's
	line    *line // the bridge's end
	up      *pipe // the direction to the bridge
	down    *pipe
	resumed bool // it goes on with a session that was cut
}

func newConn(s *simulation) *conn {
	c := &conn{sim: s, number: s.serial()}
	c.up, c.down = newPipe(c, true), newPipe(c, false)
	return c
}

// pipe is one direction of a conn. WebSocket messages arrive whole and in order, or not at all.
type pipe struct {
	conn     *conn
	toBridge bool
	flight   []parcel
	bytes    int // bytes that were written and have not arrived yet, which fill the writer's buffers
	latency  time.Duration
	last     time.Duration // when the last of them arrives
	severed  bool
	deliver  func(parcel)
	awake    func() time.Duration // tells when the receiver wakes
	drained  func()               // is called when the writer has room again
}

// newPipe makes a pipe. Some are much slower than the pipe of the other direction, but not too slow for heartbeats.
func newPipe(c *conn, toBridge bool) *pipe {
	s := c.sim
	latency := s.climate.latency * pick(s, []time.Duration{1, 1, 1, 10})
	return &pipe{conn: c, toBridge: toBridge, latency: min(latency, s.climate.heartbeat/5)}
}

// parcel is a WebSocket message, or the end of the connection.
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
	p.last = max(p.last, s.Now()+s.around(p.latency))
	s.At(p.last, p.arrive)
}

// arrive hands the next parcel to the receiver. If the receiver sleeps, it gets the parcel when it wakes.
func (p *pipe) arrive() {
	if len(p.flight) == 0 {
		return // it was lost on the way
	}
	if wake := p.awake(); wake > p.conn.sim.Now() {
		p.conn.sim.At(wake, p.arrive)
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

// sever ends a pipe. Of the parcels that are under way only the first keep arrive, and nothing that is sent from now on.
// The writer's buffers stay full.
func (p *pipe) sever(keep int) {
	p.severed = true
	p.flight = p.flight[:min(keep, len(p.flight))]
}

// stall delays everything that is sent from now on.
func (p *pipe) stall(d time.Duration) { p.last = max(p.last, p.conn.sim.Now()) + d }

// scramble overwrites a batch after Feed has returned. If an engine has kept a part of it without copying, its behaviour
// becomes wrong.
func scramble(batch []byte) {
	for i := range batch {
		batch[i] = 0xdb
	}
}
