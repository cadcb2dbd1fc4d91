package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// bridge is a small but complete bridge. It keeps sessions and renews their tokens, opens sockets, queues within bounds,
// and accounts for what it drops. If the client of a page breaks the protocol, the simulation fails; a stranger that does
// so only loses its connection.
type bridge struct {
	sim      *simulation
	awake    time.Duration // it does nothing before this time
	closed   time.Duration // it turns every client away before this time
	lines    []*line
	sessions []*bridgeSession // those that were not dropped
	tokens   map[string]*bridgeSession
	feeds    []*feed

	requests map[string]bool // payloads of the requests that have come
}

const (
	maxQueued = 1 << 20 // bytes a session may have queued before it is given up
	room      = 64 << 10
)

func newBridge(s *simulation) *bridge {
	b := &bridge{sim: s, tokens: map[string]*bridgeSession{}, requests: map[string]bool{}}
	for i := range 3 {
		b.feeds = append(b.feeds, &feed{bridge: b, number: i + 1, name: fmt.Sprint("feed ", i+1), keeps: i > 0, epoch: b.epoch()})
	}
	return b
}

func (b *bridge) epoch() string { return fmt.Sprint("epoch ", b.sim.serial()) }

// line is the bridge's end of a WebSocket.
type line struct {
	bridge  *bridge
	conn    *conn
	engine  *core.Session  // one for the greeting, and then that of the session
	session *bridgeSession // nil until Welcome
	over    bool
	usurped bool // its session goes on with another WebSocket
	timer   time.Duration
	rested  time.Duration
	pumping bool
	leaving bool // it is closed when everything is written
}

func (b *bridge) accept(c *conn) {
	l := &line{bridge: b, conn: c, engine: core.NewSession(b.sim.climate.sessionConfig(), b.sim.Now())}
	c.line = l
	c.up.deliver, c.up.awake = l.receive, func() time.Duration { return b.awake }
	c.down.drained = l.pump
	b.lines = append(b.lines, l)
	l.arm()
}

func (l *line) receive(x parcel) {
	b := l.bridge
	switch {
	case l.over && !(b.sim.Sabotage.HearsOldConns && l.usurped && !l.session.dropped):
		return
	case x.end != nil:
		b.sim.note("the bridge is told that %d ends: %v", l.conn.number, x.end)
		l.gone(x.end.Close == core.CloseNormal || !x.end.Close.Retry())
		return
	}
	b.sim.note("the bridge reads from %d: %v", l.conn.number, trace.Frames(x.batch))
	err := l.engine.Feed(x.batch, b.sim.Now(), l.handle)
	scramble(x.batch)
	if err != nil {
		l.refuse(err)
		return
	}
	if l.session != nil && !l.over {
		l.session.heard()
		l.session.flush()
	}
	l.pump()
	l.arm()
}

// refuse ends a connection because of an error. If a page has caused it, the simulation fails.
func (l *line) refuse(err error) {
	end, ok := err.(*core.CloseError)
	if !ok || l.conn.page != nil {
		l.bridge.sim.fail("the bridge does not take what page %v says: %v", l.conn.page.number, err)
	}
	l.close(end)
}

// close ends a connection at the bridge. The session waits to be resumed, unless the close code forbids it.
func (l *line) close(end *core.CloseError) {
	if l.over {
		return
	}
	l.bridge.sim.note("the bridge closes %d: %v", l.conn.number, end)
	l.conn.down.send(parcel{end: end})
	l.gone(!end.Close.Retry())
}

// gone handles the end of a connection, whichever end has ended it.
func (l *line) gone(forGood bool) {
	if l.over {
		return
	}
	l.over = true
	b := l.bridge
	if i := slices.Index(b.lines, l); i >= 0 {
		b.lines = slices.Delete(b.lines, i, i+1)
	}
	switch s := l.session; {
	case s == nil || s.line != l:
	case forGood:
		s.drop("it was ended")
	default:
		s.cut()
	}
}

// handle takes one frame.
func (l *line) handle(f *core.Frame) error {
	if f.Kind == core.KindHello {
		return l.hello(f)
	}
	if f.Kind == core.KindCredentials {
		return l.session.renewed(l.conn.page, f)
	}
	return l.session.handle(f)
}

// pump writes what there is to write, as fast as the pipe and the slowness of this writer allow.
func (l *line) pump() {
	s := l.bridge.sim
	if l.over || s.Now() < l.bridge.awake {
		return
	}
	for l.engine.Ready() && l.conn.down.hasRoom() {
		if l.rested > s.Now() {
			l.pumpLater(l.rested)
			return
		}
		batch := l.engine.Take(nil, s.Now())
		if len(batch) == 0 {
			s.fail("the bridge's engine is ready, but nothing was taken")
		}
		s.note("the bridge writes to %d: %v", l.conn.number, trace.Frames(batch))
		l.conn.down.send(parcel{batch: batch})
		l.rested = s.Now() + s.rest()
		if l.session != nil {
			l.session.flush()
		}
	}
	if l.leaving && !l.engine.Ready() {
		l.close(core.NewCloseError(core.CloseGoingAway, "not now"))
	}
}

func (l *line) pumpLater(when time.Duration) {
	if l.pumping {
		return
	}
	l.pumping = true
	l.bridge.sim.At(when, func() {
		l.pumping = false
		l.pump()
		l.arm()
	})
}

func (l *line) arm() {
	if l.over {
		return
	}
	at := max(l.engine.Next(), l.bridge.sim.Now(), l.bridge.awake)
	if l.timer != 0 && l.timer <= at {
		return
	}
	l.timer = at
	l.bridge.sim.At(at, func() {
		if l.timer == at {
			l.timer = 0
			l.tick()
		}
	})
}

func (l *line) tick() {
	s := l.bridge.sim
	if l.over {
		return
	}
	if s.Now() >= l.bridge.awake && l.engine.Next() <= s.Now() {
		if err := l.engine.Tick(s.Now()); err != nil {
			l.close(err.(*core.CloseError))
			return
		}
		if l.engine.Next() <= s.Now() {
			s.fail("the bridge's Tick is due again at once")
		}
	}
	l.pump()
	l.arm()
}

// restart forgets everything, as if the bridge's process had been killed and started again.
func (b *bridge) restart() {
	b.sim.note("the bridge restarts")
	for _, l := range slices.Clone(b.lines) {
		l.conn.cut()
		l.gone(true)
	}
	for _, s := range slices.Clone(b.sessions) {
		s.drop("the bridge restarts")
	}
	for _, f := range b.feeds {
		f.restart()
	}
}

func (b *bridge) check() {
	c := &b.sim.climate
	for _, s := range b.sessions {
		if most := c.window + room + c.payload + 1000; s.engine.Unacknowledged() > most {
			b.sim.fail("session %d keeps %d bytes, its window is %d", s.number, s.engine.Unacknowledged(), c.window)
		}
		if most := maxQueued + c.window + room + 2*c.payload; s.engine.Queued() > most {
			b.sim.fail("session %d queues %d bytes", s.number, s.engine.Queued())
		}
		for _, k := range s.sockets {
			messages := c.hwm + 2*c.history // two endpoints have a history each
			most := 2*messages + 2          // a position may stand before each message, and before what comes next of each endpoint
			if len(k.queue.waiting) > most {
				b.sim.fail("session %d: socket %d queues %d messages", s.number, k.id, len(k.queue.waiting))
			}
		}
	}
}
