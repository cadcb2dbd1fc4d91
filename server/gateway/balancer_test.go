package gateway

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// wantNumbers receives the messages first to end-1, in order.
func wantNumbers(t testing.TB, in *mailbox, first, end int) {
	t.Helper()
	for i := first; i < end; i++ {
		if got := in.next(t); string(got[0]) != strconv.Itoa(i) {
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
	port *Port
	sent int
	left atomic.Int64
	room chan struct{}
}

func newSender(t testing.TB, f *Factory, typ core.SocketType, ep core.Endpoint, o PortOptions) *sender {
	s := &sender{room: make(chan struct{}, plenty)}
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
			s := newSender(t, f, core.PUSH, ep, PortOptions{Bind: bind})
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
	s := newSender(t, f, core.PUSH, pull.Endpoint(), PortOptions{})
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
		f := newTestFactory(t, Config{Dial: backend.Dial})
		s := newSender(t, f, core.PUSH, Somewhere, PortOptions{})
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
	s := newSender(t, f, core.PUSH, pull.Endpoint(), PortOptions{})
	awaitReady(t, s.port)
	pull.Signal(syscall.SIGSTOP)
	// Until the kernel takes no more either.
	Eventually(t, "busy", func() bool {
		s.fill(t, 100_000)
		return s.left.Load() == int64(s.sent-c.HWM) && len(s.room) == 0
	})
	if s.port.Ready() {
		t.Error("ready although there is no room")
	}
	pull.Signal(syscall.SIGCONT)
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
	f := newTestFactory(t, Config{Heartbeat: -1, HWM: 10, MaxQueued: MiB})
	s := newSender(t, f, core.PUSH, AnyPort, PortOptions{Bind: true})
	peers := make([]Peer, 3)
	for i := range peers {
		peers[i] = DialPeer(t, s.port.Endpoint())
		peers[i].Meet(1, "PULL")
	}
	pipes := s.port.hub.pattern.(*balancer)
	Eventually(t, "all are connected", func() bool {
		pipes.mu.Lock()
		defer pipes.mu.Unlock()
		return len(pipes.pipes) == 3
	})
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

	// Nobody reads. What is queued for the two that go away comes to the third.
	Eventually(t, "busy", func() bool {
		s.fill(t, 100_000)
		return !s.port.Ready() && s.left.Load() == int64(s.sent-len(peers)*10)
	})
	peers[0].Close()
	peers[1].Close()
	Eventually(t, "one is left", func() bool {
		pipes.mu.Lock()
		defer pipes.mu.Unlock()
		return len(pipes.pipes) == 1
	})
	// Ended by the message "end".
	count := make(chan int, 1)
	go func() {
		n := 0
		for m := peers[2].Message(); string(m[0]) != "end"; m = peers[2].Message() {
			n++
		}
		count <- n
	}()
	s.wantLeft(t)
	send(t, s.port, "end")
	if n := Await(t, "the end", count); n < 2*10 {
		t.Errorf("the last peer got %d messages; some 30 were queued for all three", n)
	}
}

// TestPullBackPressure: a page without room holds its backend back, and loses nothing, whatever becomes of the backend.
func TestPullBackPressure(t *testing.T) {
	for _, bind := range []bool{false, true} {
		t.Run(fmt.Sprintf("bind=%v", bind), func(t *testing.T) {
			t.Parallel()
			const messages = 10_000
			c := quick()
			c.Heartbeat = 300 * time.Millisecond
			f := newTestFactory(t, c)
			in := newMailbox(10)
			var p *Port
			var push *Python
			args := []string{"--hwm", "10", "--heartbeat", "600"}
			if bind {
				p = newPort(t, f, core.PULL, AnyPort, PortOptions{Receiver: in, Bind: true})
				push = StartPeer(t, "PUSH", p.Endpoint(), args...)
			} else {
				push = StartPeer(t, "PUSH", core.Endpoint{}, args...)
				p = newPort(t, f, core.PULL, push.Endpoint(), PortOptions{Receiver: in})
			}
			push.Tell(map[string]int{"flood": messages})
			got := push.Hear()
			blocked, _ := strconv.Atoi(got[1])
			if got[0] != "blocked" || blocked < 10 || blocked == messages {
				t.Fatalf("the backend says %q", got)
			}
			wantNumbers(t, in, 0, 10)
			if len(in.messages) > 0 {
				t.Fatal("more came than there was room for")
			}
			<-time.After(1500 * time.Millisecond) // for heartbeats not to end the connection takes time
			in.room.Add(10)
			p.Resume()
			wantNumbers(t, in, 10, 20)
			in.room.Store(plenty)
			p.Resume()
			wantNumbers(t, in, 20, messages)
			if got := push.Hear(); got[0] != "done" && got[0] != "blocked" {
				t.Fatalf("the backend says %q", got)
			}
			if s := f.Stats(); s.Dials+s.Accepts > 2 || s.Reconnects > 0 {
				t.Errorf("the connection did not last: %+v", s)
			}
		})
	}
}

// TestPullFromOneThatIsGone: what a backend sent before it ended is received, however long the page takes.
func TestPullFromOneThatIsGone(t *testing.T) {
	t.Parallel()
	const messages = 100
	c := quick()
	c.Heartbeat = 20 * time.Millisecond
	f := newTestFactory(t, c)
	in := newMailbox(0)
	p := newPort(t, f, core.PULL, AnyPort, PortOptions{Receiver: in, Bind: true})
	push := StartPeer(t, "PUSH", p.Endpoint())
	push.Tell(messages)
	push.Tell("bye")
	Await(t, "the end of the backend", push.Ended)
	<-time.After(5 * lifeSign) // for the bridge to write to it, which fails
	in.room.Store(plenty)
	p.Resume()
	wantNumbers(t, in, 0, messages)
}

// TestPullSharedByPages: by turns, by room, and by whoever is left.
func TestPullSharedByPages(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	a, b := newMailbox(plenty), newMailbox(plenty)
	ep := UnusedEndpoint(t)
	pa := newPort(t, f, core.PULL, ep, PortOptions{Receiver: a, Bind: true})
	pb := newPort(t, f, core.PULL, ep, PortOptions{Receiver: b, Bind: true})
	push := StartPeer(t, "PUSH", ep)
	count := func(total int) (int, int) {
		t.Helper()
		Eventually(t, "all have come", func() bool { return len(a.messages)+len(b.messages) == total })
		na, nb := len(a.messages), len(b.messages)
		for range na {
			<-a.messages
		}
		for range nb {
			<-b.messages
		}
		return na, nb
	}
	push.Tell(1000)
	if na, nb := count(1000); na != 500 || nb != 500 {
		t.Errorf("shared %d to %d", na, nb)
	}

	// One has room for 10.
	a.room.Store(10)
	push.Tell(1000)
	if na, nb := count(1000); na != 10 || nb != 990 {
		t.Errorf("shared %d to %d, with room for 10 in the first", na, nb)
	}

	// Neither has, until one goes and another comes.
	b.room.Store(0)
	push.Tell(100)
	pa.Release()
	pb.Release()
	c := newMailbox(plenty)
	newPort(t, f, core.PULL, ep, PortOptions{Receiver: c, Bind: true})
	wantNumbers(t, c, 0, 100)
	if len(a.messages)+len(b.messages) > 0 {
		t.Error("a released port receives")
	}
}

// TestPullManyBackendsWait: of many backends that are held back none is forgotten, and none overtakes.
func TestPullManyBackendsWait(t *testing.T) {
	t.Parallel()
	const backends, each = 20, 50
	f := newTestFactory(t, Config{Heartbeat: -1})
	in := newMailbox(0)
	p := newPort(t, f, core.PULL, AnyPort, PortOptions{Receiver: in, Bind: true})
	for i := range backends {
		peer := DialPeer(t, p.Endpoint())
		peer.Meet(1, "PUSH")
		for j := range each {
			peer.Say(Frame(0, fmt.Appendf(nil, "%d %d", i, j)))
		}
	}
	shared := &p.hub.pattern.(*balancer).members
	next := make([]int, backends)
	for n := range backends * each {
		left := 0 // backends that have not said all; one may be done while another has several to go
		for _, j := range next {
			if j < each {
				left++
			}
		}
		Eventually(t, "all wait", func() bool {
			shared.mu.Lock()
			defer shared.mu.Unlock()
			return len(shared.waiting) == left
		})
		in.room.Add(1)
		p.Resume()
		var i, j int
		fmt.Sscanf(string(in.next(t)[0]), "%d %d", &i, &j)
		if j != next[i] {
			t.Fatalf("backend %d: message %d came instead of %d", i, j, next[i])
		}
		next[i]++
		if least, most := slices.Min(next), slices.Max(next); most-least > 3 { // one that was served may be late in line again
			t.Fatalf("after %d messages one backend is at %d, another at %d", n, least, most)
		}
	}
}

func TestDealerBackendRestarts(t *testing.T) {
	t.Parallel()
	router := StartPeer(t, "ROUTER", core.Endpoint{})
	f := newTestFactory(t, quick())
	in := newMailbox(plenty)
	p := newPort(t, f, core.DEALER, router.Endpoint(), PortOptions{Receiver: in, Identity: []byte("page")})
	watched := NewEvents()
	defer p.Watch(watched)()
	send(t, p, "one")
	WantMessage(t, router.HearMessage(), Text("page", "one"))
	router.Tell([]string{"page", "two"})
	WantMessage(t, in.next(t), Text("two"))
	router.Kill()
	watched.Wait(t, "down")
	send(t, p, "three")
	router = BindPeer(t, "ROUTER", router.Endpoint())
	WantMessage(t, router.HearMessage(), Text("page", "three"))
	router.Tell([]string{"page", "four"})
	WantMessage(t, in.next(t), Text("four"))
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
		f := newTestFactory(t, Config{Dial: make(Pipes).Dial})
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
		if s.Sockets != 0 || s.Dropped[DropClosed] != 2 || left.Load() != 1 {
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
	WantMessage(t, in.next(t), Text("hello"))

	second := DialPeer(t, p.Endpoint())
	second.Meet(1, "PAIR")
	second.HungUp()
	if n := f.Stats().Dropped[DropTooMany]; n != 1 {
		t.Errorf("%d connections refused, want 1", n)
	}
	_, err := f.Port(core.PAIR, p.Endpoint(), PortOptions{Receiver: in, Bind: true})
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
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[DropMalformed] == 1 })
	send(t, p, "hello")
	WantWords(t, peer.Message(), "hello")
}

// TestResumeFromReceive: a port may be resumed at any time, also from where it is refused.
func TestResumeFromReceive(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	r := &contrary{in: make(chan core.Message, 1)}
	p := newPort(t, f, core.PULL, AnyPort, PortOptions{Receiver: r, Bind: true})
	r.port.Store(p)
	peer := DialPeer(t, p.Endpoint())
	peer.Meet(1, "PUSH")
	peer.Say(Frame(0, []byte("hello")))
	WantWords(t, Await(t, "a message", r.in), "hello")
}

// contrary refuses a few times, and resumes at once.
type contrary struct {
	port  atomic.Pointer[Port]
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
