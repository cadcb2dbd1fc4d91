package simulator

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// stranger is a hostile client. It has to lose its connection, and it must not harm any page. The records of the pages show
// whether it did.
type stranger struct {
	sim   *simulation
	name  string
	user  string
	token []byte
	seq   uint64
	conn  *conn

	welcomed func(*stranger, *core.Frame) // what it does when it gets a Welcome
	want     core.CloseCode               // how its connection has to end
	refused  core.Code                    // the code with which its token has to be refused
}

// dial opens a connection, and sends Hello and then the other frames.
func (x *stranger) dial(more ...core.Frame) {
	s := x.sim
	c := newConn(s)
	x.conn = c
	c.down.deliver = func(p parcel) { x.receive(c, p) }
	c.down.awake = func() time.Duration { return 0 }
	c.up.drained = func() {}
	s.bridge.accept(c)
	s.note("a stranger dials %d: %s", c.number, x.name)
	hello := core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 20, Seq: x.seq, Name: x.token, Params: []byte(x.user)}
	x.say(append([]core.Frame{hello}, more...)...)
}

func (x *stranger) say(frames ...core.Frame) {
	var batch []byte
	for i := range frames {
		batch = core.AppendFrame(batch, &frames[i])
	}
	x.conn.up.send(parcel{batch: batch})
}

func (x *stranger) hangUp() {
	x.conn.up.send(parcel{end: core.NewCloseError(core.CloseNormal, "done")})
}

func (x *stranger) receive(c *conn, p parcel) {
	if c != x.conn {
		return
	}
	if p.end != nil {
		if p.end.Close != x.want && p.end.Close != core.CloseGoingAway && p.end.Close != core.CloseTimeout {
			x.sim.fail("a stranger (%s) is closed with %v, want %d", x.name, p.end, x.want)
		}
		return
	}
	var f core.Frame
	if _, err := core.ParseFrame(p.batch, &f); err != nil || f.Kind != core.KindWelcome {
		return
	}
	gone := x.refused == core.Denied && f.Code == core.Lost // the token was used, or the session ended, in the meantime
	if f.Flags&core.FlagResumed != 0 || f.Code != x.refused && !gone && x.sim.climate.retain > 0 {
		x.sim.fail("a stranger (%s) is welcomed with flags %d, code %v, want %v", x.name, f.Flags, f.Code, x.refused)
	}
	x.welcomed(x, &f)
}

// replay makes a stranger present a token that is not valid any more, or that belongs to another user.
func (s *simulation) replay() {
	x := &stranger{sim: s, user: "thief", token: []byte("token 0"), refused: core.Lost, welcomed: func(x *stranger, _ *core.Frame) { x.hangUp() }}
	x.name = "a token that never was"
	if victim := pick(s, s.bridge.sessions); victim != nil && victim.page != nil && len(victim.issued) > 0 {
		switch {
		case victim.proven > 0 && s.chance(60):
			x.name, x.token, x.user = "a token that was used", []byte(victim.issued[victim.proven-1]), victim.user
		case s.chance(70):
			x.name, x.token, x.refused = "a token that was stolen", []byte(victim.issued[len(victim.issued)-1]), core.Denied
		}
	}
	x.seq = s.rnd.Uint64N(10)
	x.dial()
}

// forge makes a stranger break the protocol in one of many ways.
func (s *simulation) forge() {
	open := func(t core.SocketType) core.Frame {
		return core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: t, Messages: 1, Bytes: 1, Text: []byte("up")}
	}
	ask := core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Millis: 60000, Parts: core.Message{[]byte("forged")}}
	forgeries := []struct {
		name   string
		frames []core.Frame
	}{
		{"an Ack of what was never sent", []core.Frame{{Kind: core.KindAck, Seq: 1 << 40}}},
		{"an Ack of the largest number", []core.Frame{{Kind: core.KindAck, Seq: 1<<64 - 1}}},
		{"credit overflow", []core.Frame{open(core.PULL), {Kind: core.KindCredit, Socket: 1, Messages: core.MaxCredit, Bytes: 1}}},
		{"credit of the largest number", []core.Frame{open(core.PULL), {Kind: core.KindCredit, Socket: 1, Messages: 1<<64 - 1, Bytes: 1<<64 - 1}}},
		{"a message without credit", []core.Frame{open(core.PUSH), {Kind: core.KindMessage, Socket: 1, Parts: core.Message{nil}}}},
		{"a request twice", []core.Frame{open(core.REQ), ask, ask}},
		{"a second Hello", []core.Frame{{Kind: core.KindHello, Version: 1, Limit: 1 << 20}}},
		{"a socket that was never opened", []core.Frame{{Kind: core.KindClose, Socket: 7}}},
		{"a Recover of no endpoint", []core.Frame{open(core.SUB), {Kind: core.KindRecover, Socket: 1, ID: 9}}},
		{"what only a bridge says", []core.Frame{{Kind: core.KindWelcome, Version: 1, Limit: 1 << 20}}},
	}
	x := &stranger{sim: s, user: "thief", want: core.CloseState}
	switch n := s.rnd.IntN(len(forgeries) + 2); n {
	case len(forgeries):
		x.name, x.welcomed = "more than Hello at once", func(*stranger, *core.Frame) {}
		x.dial(open(core.SUB))
	case len(forgeries) + 1:
		x.name, x.welcomed = "a Hello that is ahead", (*stranger).comeBackAhead
		x.dial()
	default:
		x.name, x.welcomed = forgeries[n].name, func(x *stranger, _ *core.Frame) { x.say(forgeries[n].frames...) }
		x.dial()
	}
}

// comeBackAhead resumes the stranger's own session, and claims to have received more than it was sent.
func (x *stranger) comeBackAhead(f *core.Frame) {
	if len(f.Name) == 0 {
		x.hangUp()
		return
	}
	again := &stranger{sim: x.sim, name: x.name, user: x.user, want: core.CloseState, token: []byte(string(f.Name)), seq: 1 << 40,
		refused: core.Lost, welcomed: func(x *stranger, _ *core.Frame) { x.hangUp() }} // the token may have been forgotten by then
	x.conn.cut()
	again.dial()
}
