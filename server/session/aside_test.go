package session_test

import (
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// yielder is a socket that waits for something while its Open is handled, if it is told to, and says when it is judged.
type yielder struct {
	*sockets
	id     uint32
	handle *session.Handle
	waits  func()
	judged chan uint32
}

func (y *yielder) Handle(f *core.Frame) error {
	if y.waits != nil {
		y.handle.Yield(y.waits)
	}
	return y.sockets.Handle(f)
}

func (y *yielder) Judge(context.Context) { y.judged <- y.id }

// TestOthersAreJudgedWhileOneYields: rules that have changed count at once for all sockets but the one that waits, and for that one
// when its frame has been handled.
func TestOthersAreJudgedWhileOneYields(t *testing.T) {
	host, judged := newSockets(), make(chan uint32, 10)
	waiting, over := make(chan struct{}), make(chan struct{})
	b := sessiontest.NewBridge(t, func(h *session.Handle, f *core.Frame) session.Socket {
		y := &yielder{sockets: host, id: f.Socket, handle: h, judged: judged}
		if f.Socket == 2 {
			y.waits = func() { close(waiting); <-over }
		}
		return y
	})
	c := b.Client()
	for id := range uint32(2) {
		c.Send(core.Frame{Kind: core.KindOpen, Socket: id + 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	}
	<-waiting
	done := make(chan struct{})
	go func() {
		b.Judge(t.Context())
		close(done)
	}()
	awaitJudged(t, judged, 1)
	select {
	case <-judged:
		t.Error("a socket was judged in the middle of a frame")
	default:
	}
	close(over)
	awaitJudged(t, judged, 2)
	<-done
	for range 2 {
		<-host.handled
	}
	c.Send(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	if kind := <-host.handled; kind != core.KindSubscribe {
		t.Errorf("then came %v", kind)
	}
}

func awaitJudged(t *testing.T, judged <-chan uint32, want uint32) {
	t.Helper()
	select {
	case got := <-judged:
		if got != want {
			t.Fatalf("socket %d was judged, want %d", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("socket %d was not judged", want)
	}
}
