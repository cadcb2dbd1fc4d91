package sending

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// openFor makes a socket of a client that can do this, with credit for 100 messages.
func openFor(t *testing.T, typ core.SocketType, can core.Capability) *socket {
	t.Helper()
	made := make(chan *socket, 1)
	bridge := sessiontest.NewBridge(t, func(h *session.Handle, _ *core.Frame) session.Socket {
		held := NewHeld(h.Charge(account.Sending))
		s := &socket{NewBacklog(h, typ, held, somewhere), nil, h, held}
		made <- s
		return s
	})
	client := sessiontest.Saying(t, core.Frame{Flags: uint64(can)})
	go bridge.Serve(client, sessiontest.Handshake(), access.ByClient, false) // ends with the bridge
	client.Await(core.KindWelcome)
	client.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: typ})
	s := <-made
	s.client = client
	s.window, s.windowBytes = 100, 1000
	s.locked(func() { s.grant(100, 1000) })
	client.Await(core.KindCredit)
	return s
}

// come has so many messages come.
func (s *socket) come(t *testing.T, count int) (all []core.Message) {
	t.Helper()
	for range count {
		m := core.Message{[]byte("a")}
		all = append(all, m)
		s.locked(func() {
			if err := s.SpendLocked(m); err != nil {
				t.Error(err)
			}
		})
	}
	return all
}

// leave has them leave, those with these numbers.
func (s *socket) leave(all []core.Message, numbers ...int) {
	for _, n := range numbers {
		s.locked(func() { s.under++ })
		s.left(all[n-1], 1, 0)
	}
}

// receipt is a frame about messages: Left of so many, or Failed of one.
type receipt struct {
	kind            core.Kind
	first, messages uint64
}

// receiptsUntil is what the client is told up to a frame of a kind.
func (s *socket) receiptsUntil(kind core.Kind) (all []receipt) {
	for _, f := range s.client.Until(kind) {
		if f.Kind == core.KindLeft || f.Kind == core.KindFailed {
			all = append(all, receipt{f.Kind, f.ID, f.Messages})
		}
	}
	return all
}

// TestReceipts: the client is told at once what has left, but not more often than it helps; together, in whatever order it was.
func TestReceipts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFor(t, core.PUSH, core.CanReceipts)
		all := s.come(t, 9)
		begun := time.Now()
		s.leave(all, 2)
		if got := s.receiptsUntil(core.KindLeft); !slices.Equal(got, []receipt{{core.KindLeft, 2, 1}}) || time.Since(begun) != 0 {
			t.Errorf("told %v after %v", got, time.Since(begun))
		}
		s.leave(all, 7, 3, 1, 8, 4)
		s.locked(func() { s.failed(all[4], core.NewError(core.Denied, "no")) })
		want := []receipt{{core.KindFailed, 5, 0}, {core.KindLeft, 1, 1}, {core.KindLeft, 3, 2}, {core.KindLeft, 7, 2}}
		var got []receipt
		for len(got) < len(want) {
			f := s.client.Until(core.KindLeft)
			for _, f := range f {
				got = append(got, receipt{f.Kind, f.ID, f.Messages})
			}
		}
		if !slices.Equal(got, want) || time.Since(begun) != receiptPause {
			t.Errorf("told %v after %v", got, time.Since(begun))
		}
	})
}

// TestReceiptsBeforeCredit: whoever is granted credit again was told what it is for.
func TestReceiptsBeforeCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openFor(t, core.PUSH, core.CanReceipts)
		all := s.come(t, 50)
		for n := range all {
			s.leave(all, n+1)
		}
		if got := s.receiptsUntil(core.KindCredit); !slices.Equal(got, []receipt{{core.KindLeft, 1, 1}, {core.KindLeft, 2, 49}}) {
			t.Errorf("told %v before it is granted credit", got)
		}
	})
}

// TestNoReceipts: a client that knows nothing of them is told nothing, nor is one of another type; what fails has no number then.
func TestNoReceipts(t *testing.T) {
	for name, s := range map[string]*socket{"an older client": openFor(t, core.PUSH, 0), "a DEALER": openFor(t, core.DEALER, core.CanReceipts)} {
		all := s.come(t, 50)
		for n := range all[:49] {
			s.leave(all, n+1)
		}
		s.locked(func() { s.failed(all[49], core.NewError(core.Denied, "no")) })
		if got := s.receiptsUntil(core.KindCredit); !slices.Equal(got, []receipt{{core.KindFailed, 0, 0}}) {
			t.Errorf("%s is told %v", name, got)
		}
	}
}

// TestReceiptsMove: what waits keeps its number at the next bridge, and of what was just being sent the client is told that nobody knows.
func TestReceiptsMove(t *testing.T) {
	s := openFor(t, core.PUSH, core.CanReceipts)
	all := s.come(t, 6)
	s.locked(func() {
		s.waiting, s.returned = []core.Message{all[4], all[5]}, []core.Message{all[2]}
		s.under = 2 // 1 and 4
	})
	s.leave(all, 2)
	moved := s.Leave()
	if !slices.Equal(moved.Numbers, []uint64{3, 5, 6}) || moved.Last != 6 {
		t.Errorf("the numbers that go along are %v, the last one is %d", moved.Numbers, moved.Last)
	}
	if got, want := s.receiptsUntil(core.KindFailed), (receipt{core.KindFailed, 1, 0}); !slices.Contains(got, want) {
		t.Errorf("told %v", got)
	}
	if got := s.receiptsUntil(core.KindFailed); !slices.Contains(got, receipt{core.KindFailed, 4, 0}) {
		t.Errorf("then told %v", got)
	}
	s.leave(all, 1) // after all
	if s.client.Has(core.KindLeft) {
		t.Error("it was told that nobody knows, and then that it has left")
	}

	next := openFor(t, core.PUSH, core.CanReceipts)
	if err := next.Arrive(&moved); err != nil {
		t.Fatal(err)
	}
	next.come(t, 1)
	next.locked(func() { all = append(slices.Clone(next.waiting), nil)[:3] })
	next.leave(all, 2, 3)
	if got := next.receiptsUntil(core.KindLeft); !slices.Equal(got, []receipt{{core.KindLeft, 5, 1}}) {
		t.Errorf("at the next bridge it is told %v", got)
	}
	if got := next.receiptsUntil(core.KindLeft); !slices.Equal(got, []receipt{{core.KindLeft, 6, 1}}) {
		t.Errorf("and then %v", got)
	}
}
