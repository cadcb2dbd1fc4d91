package sending

import (
	"context"
	"iter"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// socket is a PUSH socket of a client, which has a Backlog and nothing else.
type socket struct {
	*Backlog
	client *sessiontest.Client
	handle *session.Handle
	held   *Held
}

func (s *socket) Handle(*core.Frame) error              { return nil }
func (s *socket) Upstreams() iter.Seq[session.Upstream] { return func(func(session.Upstream) bool) {} }
func (s *socket) HandIn()                               {}
func (s *socket) Missed()                               {}
func (s *socket) Away()                                 {}
func (s *socket) Judge(context.Context)                 {}
func (s *socket) Asks(*core.Frame) bool                 { return false }

func (s *socket) Release(session.Farewell) {}

// open makes the socket of a new client, whose messages can go to where says so.
func open(t *testing.T, nowhere func() *core.Error) *socket {
	t.Helper()
	s, _ := openAt(t, nowhere)
	return s
}

// openAt is open, and also the bridge.
func openAt(t *testing.T, nowhere func() *core.Error) (*socket, *sessiontest.Bridge) {
	t.Helper()
	made := make(chan *socket, 1)
	bridge := sessiontest.NewBridge(t, func(h *session.Handle, _ *core.Frame) session.Socket {
		held := NewHeld(h.Charge(account.Sending))
		s := &socket{NewBacklog(h, core.PUSH, held, nowhere), nil, h, held}
		made <- s
		return s
	})
	client := bridge.Client()
	client.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.PUSH})
	s := <-made
	s.client = client
	return s, bridge
}

func somewhere() *core.Error { return nil }

// locked runs f under the session's lock.
func (s *socket) locked(f func()) {
	s.handle.Lock()
	defer s.handle.Unlock()
	f()
}

// push takes so many messages of the client.
func (s *socket) push(t *testing.T, messages int) {
	t.Helper()
	for range messages {
		if err := s.Take(core.Message{[]byte("a")}); err != nil {
			t.Fatal(err)
		}
	}
}

// port is one to where nobody listens.
func (s *socket) port(t *testing.T) *gateway.Port {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ep, err := core.ParseEndpoint("tcp://" + l.Addr().String())
	if l.Close(); err != nil {
		t.Fatal(err)
	}
	gateways := gateway.NewFactory(gateway.Config{})
	t.Cleanup(gateways.Close)
	p, err := gateways.Port(core.PUSH, ep, gateway.PortOptions{Room: s.Pass, Returned: s.TakeBack})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Release)
	s.locked(func() { s.AddLocked(p) })
	s.Pass()
	return p
}

// TestWindow: nothing is taken without credit, which comes with the first port, and not again with the next.
func TestWindow(t *testing.T) {
	s := open(t, somewhere)
	if err := s.Take(core.Message{[]byte("a")}); err == nil {
		t.Error("a message without credit was taken")
	}
	s.port(t)
	if f := s.client.Await(core.KindCredit); f.Messages != window || f.Bytes != windowBytes {
		t.Errorf("credit for %d messages of %d bytes", f.Messages, f.Bytes)
	}
	s.port(t)
	s.push(t, window)
	if err := s.Take(core.Message{[]byte("a")}); err == nil {
		t.Error("a message over the window was taken")
	}
}

// TestWindowFitsTheClient: whoever sends no more than it has credit for is not refused, however little may be held for a client.
func TestWindowFitsTheClient(t *testing.T) {
	for name, size := range map[string]int{"as many messages as there may be": 1, "as many bytes as there may be": 60_000} {
		t.Run(name, func(t *testing.T) {
			s, bridge := openAt(t, somewhere)
			bridge.Limit(session.Limits{MaxConnections: 1, MaxSockets: 1, MaxQueued: 1 << 20, Memory: 1 << 30, MaxMessage: 1 << 20})
			s.port(t)
			credit := s.client.Await(core.KindCredit)
			for sent := uint64(0); sent < credit.Messages && sent*uint64(size) < credit.Bytes; sent++ {
				if err := s.Take(core.Message{make([]byte, size)}); err != nil {
					t.Fatal(err)
				}
			}
			s.locked(func() {
				if s.lost > 0 {
					t.Errorf("%d messages were refused within %d messages and %d bytes", s.lost, credit.Messages, credit.Bytes)
				}
			})
		})
	}
}

// TestFullIsGivenBackLater: the credit of what there was no room for comes a second later, as for all that is refused.
func TestFullIsGivenBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, bridge := openAt(t, somewhere)
		s.port(t)
		s.client.Await(core.KindCredit)
		bridge.Limit(session.Limits{MaxConnections: 1, MaxSockets: 1, MaxQueued: 128 << 10, Memory: 1 << 30, MaxMessage: 1 << 20})
		begun := time.Now()
		s.push(t, 400)
		var refused int
		s.locked(func() { refused = s.lost })
		if f := s.client.Await(core.KindFailed); f.Code != core.Busy {
			t.Errorf("told %+v", f)
		}
		if f := s.client.Await(core.KindCredit); refused == 0 || refused == 400 || f.Messages != uint64(refused) || time.Since(begun) != refundAfter {
			t.Errorf("credit for %d messages after %v", f.Messages, time.Since(begun))
		}
	})
}

// TestWhatWaitsCosts: until it is given up, and the client is told how much that was.
func TestWhatWaitsCosts(t *testing.T) {
	s := open(t, somewhere)
	s.port(t)
	s.push(t, 3)
	s.locked(func() {
		if got := s.held.Held(); got != 3*sendCost(core.Message{[]byte("a")}) {
			t.Errorf("%d bytes are held", got)
		}
	})
	unpassed, ended := make(chan int, 1), make(chan struct{})
	s.Stop(session.Farewell{Linger: time.Millisecond, Told: func(n int) { unpassed <- n }}, func() { close(ended) })
	if n := <-unpassed; n != 3 {
		t.Errorf("%d were not passed on", n)
	}
	<-ended
	s.locked(func() {
		if got := s.held.Held(); got != 0 {
			t.Errorf("%d bytes are still held", got)
		}
	})
}

// TestNowhere: what was sent fails, with the reason, when the last port is taken away and the socket knows no other endpoint.
// Until then it waits.
func TestNowhere(t *testing.T) {
	var nowhere *core.Error
	s := open(t, func() *core.Error { return nowhere })
	p := s.port(t)
	s.push(t, 3)
	s.Remove(p)
	again := s.port(t)
	s.locked(func() {
		if s.lost != 0 {
			t.Errorf("%d messages are lost", s.lost)
		}
		nowhere = core.NewError(core.Unavailable, "gone")
	})
	s.Remove(again)
	for range 3 {
		if f := s.client.Await(core.KindFailed); f.ID != 0 || f.Code != core.Unavailable || string(f.Text) != "gone" {
			t.Errorf("told %+v", f)
		}
	}
}

// TestRefusedIsGivenBackLater: the credit of what was refused comes a second after the first of it, together.
func TestRefusedIsGivenBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, somewhere)
		begun := time.Now()
		for range 3 {
			s.locked(func() { s.RefuseLocked(core.Message{[]byte("abc")}, core.NewError(core.Invalid, "no")) })
			time.Sleep(refundAfter / 4)
		}
		if f := s.client.Await(core.KindCredit); f.Messages != 3 || f.Bytes != 9 {
			t.Errorf("credit for %d messages of %d bytes", f.Messages, f.Bytes)
		}
		if took := time.Since(begun); took != refundAfter {
			t.Errorf("it took %v", took)
		}
	})
}
