package port_test

import (
	"bytes"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// wantNumbers receives the messages first to end-1, in order.
func wantNumbers(t testing.TB, in *Mailbox, first, end int) {
	t.Helper()
	for i := first; i < end; i++ {
		if got := in.Next(t); string(got[0]) != strconv.Itoa(i) {
			t.Fatalf("got %q, want %d", got[0], i)
		}
	}
}

func hearNumbers(t testing.TB, p *Python, first, end int) {
	t.Helper()
	for i := first; i < end; i++ {
		if got := p.Hear(); got[0] != strconv.Itoa(i) {
			t.Fatalf("the peer got %q, want %d", got[0], i)
		}
	}
}

// sender counts what it sends, and what has left.
type sender struct {
	port *gateway.Port
	sent int
	left atomic.Int64
	room chan struct{}
}

func newSender(t testing.TB, f *gateway.Factory, typ core.SocketType, ep core.Endpoint, o gateway.PortOptions) *sender {
	s := &sender{room: make(chan struct{}, Plenty)}
	o.Room = func() { s.room <- struct{}{} }
	s.port = newPort(t, f, typ, ep, o)
	return s
}

// fill sends numbered messages of size bytes until there is no room.
func (s *sender) fill(t testing.TB, size int) {
	t.Helper()
	for ; ; s.sent++ {
		err := s.port.Send(core.Message{strconv.AppendInt(nil, int64(s.sent), 10), bytes.Repeat([]byte("x"), size)}, func() { s.left.Add(1) })
		if core.CodeOf(err) == core.Busy {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (s *sender) wantLeft(t testing.TB) {
	t.Helper()
	Eventually(t, "everything has left", func() bool { return s.left.Load() == int64(s.sent) })
}

// TestPushQueuesForNobody: what is sent before anybody is there waits, up to the HWM, and goes out in order.
func TestPushQueuesForNobody(t *testing.T) {
	for _, bind := range []bool{false, true} {
		t.Run(fmt.Sprintf("bind=%v", bind), func(t *testing.T) {
			t.Parallel()
			c := quick()
			c.HWM = 50
			f := newTestFactory(t, c)
			ep := AnyPort
			if !bind {
				ep = UnusedEndpoint(t)
			}
			s := newSender(t, f, core.PUSH, ep, gateway.PortOptions{Bind: bind})
			s.fill(t, 1)
			if s.sent != c.HWM || s.left.Load() > 0 || s.port.Ready() {
				t.Fatalf("%d queued, %d left, ready: %v", s.sent, s.left.Load(), s.port.Ready())
			}
			var pull *Python
			if bind {
				pull = StartPeer(t, "PULL", s.port.Endpoint())
			} else {
				pull = BindPeer(t, "PULL", ep)
			}
			Await(t, "room", s.room)
			hearNumbers(t, pull, 0, c.HWM)
			s.wantLeft(t)
			send(t, s.port, "last")
			WantMessage(t, pull.HearMessage(), Text("last"))
		})
	}
}

// TestPushBackendRestarts: what the kernel has not taken goes over the next connection.
func TestPushBackendRestarts(t *testing.T) {
	t.Parallel()
	pull := StartPeer(t, "PULL", core.Endpoint{})
	f := newTestFactory(t, quick())
	s := newSender(t, f, core.PUSH, pull.Endpoint(), gateway.PortOptions{})
	watched := NewEvents()
	defer s.port.Watch(watched)()
	watched.Wait(t, "up")
	send(t, s.port, "first")
	WantMessage(t, pull.HearMessage(), Text("first"))
	pull.Kill()
	watched.Wait(t, "down")
	for i := range 100 {
		send(t, s.port, strconv.Itoa(i))
	}
	pull = BindPeer(t, "PULL", pull.Endpoint())
	hearNumbers(t, pull, 0, 100)
}

// TestNothingGoesTwice: of what a connection was given, the next one gets what the last has not wholly taken.
func TestNothingGoesTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		f := newTestFactory(t, gateway.Config{Dial: backend.Dial})
		s := newSender(t, f, core.PUSH, Somewhere, gateway.PortOptions{})
		const messages = 500
		for s.sent < messages {
			err := s.port.Send(core.Message{strconv.AppendInt(nil, int64(s.sent), 10), make([]byte, 100)}, func() { s.left.Add(1) })
			if err != nil {
				t.Fatal(err)
			}
			s.sent++
		}
		var next int64
		for round := 0; next < messages; round++ {
			p := backend.Accept(t)
			p.Meet(1, "PULL")
			// A net.Pipe hands over what is read, so what was taken is exact: whole messages, and a piece of one.
			for end := min(next+int64(37*round), messages); next < end; next++ {
				if got := p.Message(); string(got[0]) != strconv.FormatInt(next, 10) {
					t.Fatalf("round %d: got %q, want %d", round, got[0], next)
				}
			}
			if next < messages {
				p.ReadFull(make([]byte, round%100+1))
			}
			synctest.Wait()
			p.Close()
			synctest.Wait()
			if left := s.left.Load(); left != next {
				t.Fatalf("round %d: %d have left, the peers have %d", round, left, next)
			}
		}
	})
}

// TestPushStalledBackend: a backend that does not read makes the sender busy; when it goes on it gets everything.
func TestPushStalledBackend(t *testing.T) {
	t.Parallel()
	pull := StartPeer(t, "PULL", core.Endpoint{}, "--hwm", "10", "--brief")
	c := quick()
	c.HWM, c.Heartbeat = 100, -1
	f := newTestFactory(t, c)
	s := newSender(t, f, core.PUSH, pull.Endpoint(), gateway.PortOptions{})
	awaitReady(t, s.port)
	pull.Pause()
	// Until the kernel takes no more either.
	Eventually(t, "busy", func() bool {
		s.fill(t, 100_000)
		return s.left.Load() == int64(s.sent-c.HWM) && len(s.room) == 0
	})
	if s.port.Ready() {
		t.Error("ready although there is no room")
	}
	pull.GoOn()
	hearNumbers(t, pull, 0, s.sent)
	Await(t, "room", s.room)
	s.wantLeft(t)
	if n := f.Stats().Reconnects; n > 0 {
		t.Errorf("reconnected %d times", n)
	}
}

// TestPushBindRoundRobin: in turn to everybody who is connected; what one leaves behind goes to the others.
func TestPushBindRoundRobin(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, gateway.Config{Heartbeat: -1, HWM: 10, MaxQueued: MiB})
	s := newSender(t, f, core.PUSH, AnyPort, gateway.PortOptions{Bind: true})
	peers := make([]Peer, 3)
	for i := range peers {
		peers[i] = DialPeer(t, s.port.Endpoint())
		peers[i].Meet(1, "PULL")
	}
	Eventually(t, "all are connected", func() bool { return s.port.Peers() == 3 })
	for i := range 9 {
		send(t, s.port, strconv.Itoa(i))
	}
	got := map[string]bool{}
	for _, p := range peers {
		for range 3 {
			got[string(p.Message()[0])] = true
		}
	}
	if len(got) != 9 {
		t.Errorf("the peers got %d of 9 messages", len(got))
	}

	// Nobody reads. What the two that go away did not get comes to the third: each message is somewhere, once.
	Eventually(t, "busy", func() bool {
		s.fill(t, 100_000)
		return !s.port.Ready() && s.left.Load() == int64(s.sent-len(peers)*10)
	})
	peers[0].Fin()
	peers[1].Fin()
	Eventually(t, "one is left", func() bool { return s.port.Peers() == 1 })
	// Ended by the message "end".
	last := make(chan []core.Message, 1)
	go func() {
		var all []core.Message
		for m := peers[2].Message(); string(m[0]) != "end"; m = peers[2].Message() {
			all = append(all, m)
		}
		last <- all
	}()
	all := append(peers[0].Rest(), peers[1].Rest()...)
	s.wantLeft(t)
	send(t, s.port, "end")
	all = append(all, Await(t, "the end", last)...)
	counts := map[string]int{}
	for _, m := range all {
		counts[string(m[0])]++
	}
	if len(all) != s.sent || len(counts) != s.sent {
		t.Errorf("the peers got %d messages, %d different ones, of %d", len(all), len(counts), s.sent)
	}
}

func TestDealerBackendRestarts(t *testing.T) {
	t.Parallel()
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	in := NewMailbox(Plenty)
	p := newPort(t, f, core.DEALER, router.Endpoint(), gateway.PortOptions{Receiver: in, Identity: []byte("page")})
	watched := NewEvents()
	defer p.Watch(watched)()
	send(t, p, "one")
	WantMessage(t, router.HearMessage(), Text("page", "one"))
	router.Tell([]string{"page", "two"})
	WantMessage(t, in.Next(t), Text("two"))
	router.Kill()
	watched.Wait(t, "down")
	send(t, p, "three")
	router = BindPeer(t, "ROUTER", router.Endpoint())
	WantMessage(t, router.HearMessage(), Text("page", "three"))
	router.Tell([]string{"page", "four"})
	WantMessage(t, in.Next(t), Text("four"))
}

// TestReleaseLingers: what was sent is delivered though the page has gone, even before the backend was there.
func TestReleaseLingers(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	ep := UnusedEndpoint(t)
	p, _ := dialPort(t, f, core.DEALER, ep)
	for i := range 100 {
		send(t, p, strconv.Itoa(i))
	}
	p.Release()
	hearNumbers(t, BindPeer(t, "DEALER", ep), 0, 100)
	Eventually(t, "closed", func() bool { return f.Stats().Sockets == 0 })
}

func TestReleaseDoesNotLingerForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newTestFactory(t, gateway.Config{Dial: make(Pipes).Dial})
		p, _ := dialPort(t, f, core.DEALER, Somewhere)
		send(t, p, "never")
		var left atomic.Int64
		if err := p.Send(Text("never"), func() { left.Add(1) }); err != nil {
			t.Fatal(err)
		}
		p.Release()
		time.Sleep(29 * time.Second)
		if f.Stats().Sockets != 1 {
			t.Error("it did not linger")
		}
		time.Sleep(2 * time.Second)
		s := f.Stats()
		if s.Sockets != 0 || s.Dropped[drop.Closed] != 2 || left.Load() != 1 {
			t.Errorf("%+v, %d left", s, left.Load())
		}
	})
}

// TestPairRefusesASecond peer while it has one, and a second page.
func TestPairRefusesASecond(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.PAIR, AnyPort)
	first := StartPeer(t, "PAIR", p.Endpoint())
	awaitReady(t, p)
	first.Tell([]string{"hello"})
	WantMessage(t, in.Next(t), Text("hello"))

	second := DialPeer(t, p.Endpoint())
	second.Meet(1, "PAIR")
	second.HungUp()
	if n := f.Stats().Dropped[drop.TooMany]; n != 1 {
		t.Errorf("%d connections refused, want 1", n)
	}
	_, err := f.Port(core.PAIR, p.Endpoint(), gateway.PortOptions{Receiver: in, Bind: true})
	WantCode(t, err, core.Conflict)

	send(t, p, "still there?")
	WantMessage(t, first.HearMessage(), Text("still there?"))
	first.Kill()
	Eventually(t, "the first is gone", func() bool { return !p.Ready() })
	send(t, p, "anybody?")
	WantMessage(t, StartPeer(t, "PAIR", p.Endpoint()).HearMessage(), Text("anybody?"))
}

// TestUnaskedMessages: what a type does not receive is dropped, and hurts nobody.
func TestUnaskedMessages(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, _ := bindPort(t, f, core.PUSH, AnyPort)
	peer := DialPeer(t, p.Endpoint())
	peer.Meet(1, "PULL")
	peer.Say(Frame(0, []byte("what?")))
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.Malformed] == 1 })
	send(t, p, "hello")
	WantWords(t, peer.Message(), "hello")
}

// TestResumeFromReceive: a port may be resumed at any time, also from where it is refused.
func TestResumeFromReceive(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	r := &contrary{in: make(chan core.Message, 1)}
	p := newPort(t, f, core.PULL, AnyPort, gateway.PortOptions{Receiver: r, Bind: true})
	r.port.Store(p)
	peer := DialPeer(t, p.Endpoint())
	peer.Meet(1, "PUSH")
	peer.Say(Frame(0, []byte("hello")))
	WantWords(t, Await(t, "a message", r.in), "hello")
}

// contrary refuses a few times, and resumes at once.
type contrary struct {
	port  atomic.Pointer[gateway.Port]
	calls atomic.Int64
	in    chan core.Message
}

func (r *contrary) Receive(m core.Message) bool {
	if r.calls.Add(1) < 5 {
		r.port.Load().Resume()
		return false
	}
	r.in <- m
	return true
}
