package simulator

import (
	"errors"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// page owns a client.Client as a browser's page or a Go program does. It dials and dials again, moves bytes and time, and
// sleeps when its laptop does. What its application does is in app.go, and how its events are checked is in ledger.go.
type page struct {
	sim    *simulation
	number int
	user   string
	login  int // the number of its credentials
	client *client.Client
	dead   bool // another page has taken its place

	conn      *conn
	dialing   bool
	awake     time.Duration // it does nothing before this time
	notBefore time.Duration // the bridge has asked not to be dialed before this time
	timer     time.Duration // when Tick is planned; 0: it is not
	spins     int           // how many Ticks in a row were due again at once
	rested    time.Duration // a slow writer writes nothing before this time
	pumping   bool

	session  *bridgeSession // the session of the client, as far as it was told
	leaving  *conn          // the connection that the bridge has asked it to leave
	leftIdle bool           // it has left when the client said that nothing would be lost
	stopped  time.Duration  // when it last lost a connection on which its session was open
	resetAt  time.Duration
	reset    bool // it was told that the session is lost, and not yet that another one is open

	sockets  []*pageSocket // those that are open
	byID     map[uint32]*pageSocket
	pastSubs []pastSub
}

func newPage(s *simulation, number int) *page {
	p := &page{sim: s, number: number, user: fmt.Sprint("user ", number), byID: map[uint32]*pageSocket{}}
	cfg := s.climate.clientConfig(credentials(p.user, 0))
	if number%2 == 1 {
		cfg.Arrived = p.arrived
	}
	p.client = client.New(cfg, p.event)
	return p
}

// arrived gets the messages of a page that is not told of them by events, as a page in a browser is not.
func (p *page) arrived(a *client.Arrival) {
	e := client.Event{Kind: client.EventMessage, Socket: a.Socket, Endpoint: a.Endpoint, Offset: a.Offset, Remote: true}
	rest := a.Payload
	for _, n := range a.Lengths {
		e.Parts, rest = append(e.Parts, rest[:n]), rest[n:]
	}
	p.event(&e)
}

// do calls what, writes what the client then has to write, and plans the next Tick.
func (p *page) do(what func()) {
	what()
	p.pump()
	p.arm()
}

func (p *page) arm() {
	at, pending := p.client.Next()
	if !pending || p.dead || p.timer != 0 && p.timer <= at {
		return
	}
	at = max(at, p.sim.Now(), p.awake)
	p.timer = at
	p.sim.At(at, func() {
		if p.timer == at {
			p.timer = 0
			p.tick()
		}
	})
}

func (p *page) tick() {
	now := p.sim.Now()
	if p.dead {
		return
	}
	if now < p.awake {
		p.arm()
		return
	}
	if at, pending := p.client.Next(); !pending || at > now {
		p.do(func() {})
		return
	}
	if err := p.client.Tick(now); err != nil {
		p.broke(err)
	}
	p.spins++
	if at, pending := p.client.Next(); !pending || at > now {
		p.spins = 0
	}
	if p.spins > 3 {
		p.sim.fail("page %d: Tick is due again and again", p.number)
	}
	p.do(func() {})
}

// pump writes what the client has to write, as fast as the pipe and the slowness of this writer allow.
func (p *page) pump() {
	for !p.dead && p.conn != nil && p.client.HasBatch() && p.conn.up.hasRoom() {
		if p.rested > p.sim.Now() {
			p.pumpLater()
			return
		}
		batch := p.client.Take(nil, p.sim.Now())
		if len(batch) == 0 {
			p.sim.fail("page %d: HasBatch, but nothing was taken", p.number)
		}
		p.sim.note("page %d writes to %d: %v", p.number, p.conn.number, trace.Frames(batch))
		p.conn.up.send(parcel{batch: batch})
		p.rested = p.sim.Now() + p.sim.rest()
	}
}

func (p *page) pumpLater() {
	if p.pumping {
		return
	}
	p.pumping = true
	p.sim.At(max(p.rested, p.awake), func() {
		p.pumping = false
		p.do(func() {})
	})
}

// receive handles what has arrived on a WebSocket, which may not be the page's any more.
func (p *page) receive(c *conn, x parcel) {
	if p.conn != c || p.dead {
		return
	}
	if x.end != nil {
		p.ended(x.end)
		return
	}
	p.sim.note("page %d reads from %d: %v", p.number, c.number, trace.Frames(x.batch))
	p.do(func() {
		err := p.client.Feed(x.batch, p.sim.Now())
		scramble(x.batch)
		if err != nil {
			p.broke(err)
		}
	})
}

// broke ends the connection after an error of the engine. Only silence may cause such an error; any other fails the
// simulation.
func (p *page) broke(err error) {
	var end *core.CloseError
	if !errors.As(err, &end) || end.Close != core.CloseTimeout {
		p.sim.fail("page %d: its engine does not take what the bridge says: %v", p.number, err)
	}
	if p.sim.calm {
		p.sim.note("page %d: %v", p.number, err)
	}
	p.hangUp(end)
}

// ended handles a WebSocket that the bridge has closed.
func (p *page) ended(end *core.CloseError) {
	p.sim.note("page %d: conn %d ends: %v", p.number, p.conn.number, end)
	if !end.Close.Retry() {
		p.sim.fail("page %d: the bridge closed: %v", p.number, end)
	}
	p.conn = nil
	p.stop(end)
	p.redial()
}

// hangUp closes the WebSocket at the page. What is under way may still arrive.
func (p *page) hangUp(end *core.CloseError) {
	if p.conn == nil {
		return
	}
	p.sim.note("page %d hangs up on %d: %v", p.number, p.conn.number, end)
	p.conn.up.send(parcel{end: end})
	p.conn = nil
	p.stop(end)
	p.redial()
}

// lost handles a WebSocket that the network has ended.
func (p *page) lost(c *conn) {
	if p.conn != c || p.dead {
		return
	}
	p.sim.note("page %d: conn %d is lost", p.number, c.number)
	p.conn = nil
	p.stop(core.NewError(core.Lost, "the network"))
	p.redial()
}

func (p *page) stop(why error) {
	if p.client.Ready() {
		p.stopped = p.sim.Now()
	}
	p.do(func() { p.client.Stop(why) })
}

func (p *page) redial() {
	pause := 300 * time.Millisecond
	if p.sim.chance(20) {
		pause = 5 * time.Second
	}
	wait := p.sim.around(pause)
	if p.sim.chance(30) {
		wait = 0
	}
	p.dialAt(max(p.sim.Now()+wait, p.notBefore, p.sim.outage))
}

func (p *page) dialAt(when time.Duration) {
	if p.dialing {
		return
	}
	p.dialing = true
	p.sim.At(when, func() {
		p.dialing = false
		p.dial()
	})
}

func (p *page) dial() {
	now := p.sim.Now()
	switch {
	case p.dead || p.conn != nil:
		return
	case now < p.awake || now < p.sim.outage:
		p.dialAt(max(p.awake, p.sim.outage))
		return
	}
	c := newConn(p.sim)
	c.page = p
	c.down.deliver = func(x parcel) { p.receive(c, x) }
	c.down.awake = func() time.Duration { return p.awake }
	c.up.drained = func() {
		if p.conn == c {
			p.do(func() {})
		}
	}
	p.sim.bridge.accept(c)
	p.conn, p.rested = c, 0
	if !p.sim.calm && p.sim.chance(p.sim.climate.impatience) {
		c.overtake()
	}
	p.sim.note("page %d dials %d", p.number, c.number)
	p.do(func() { p.client.Start(now) })
}

// rest chooses the pause of a slow writer after a batch.
func (s *simulation) rest() time.Duration {
	if s.climate.rest == 0 || s.calm {
		return 0
	}
	return s.around(s.climate.rest)
}

// leaveSoon leaves the bridge because it has asked for it: when nothing is outstanding, or when the time is over.
func (p *page) leaveSoon(c *conn, last time.Duration) {
	p.sim.After(p.sim.around(200*time.Millisecond), func() {
		switch {
		case p.dead || p.conn != c:
			return
		case p.client.Idle() && p.sim.Now() >= p.awake:
			p.leftIdle = true
			p.hangUp(core.NewCloseError(core.CloseGoingAway, "as asked"))
		case p.sim.Now() >= last:
			p.hangUp(core.NewCloseError(core.CloseGoingAway, "as asked, and as late as asked"))
		default:
			p.leaveSoon(c, last)
		}
	})
}

func (p *page) String() string {
	conn := "offline"
	if p.conn != nil {
		conn = fmt.Sprint("on conn ", p.conn.number)
	}
	return fmt.Sprintf("page %d %s, ready %v, idle %v, %d bytes queued, %d sockets", p.number, conn, p.client.Ready(),
		p.client.Idle(), p.client.Queued(), len(p.sockets))
}
