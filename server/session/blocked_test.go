package session_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// cloggedConn is a Client whose network takes nothing, once it is clogged, until it is cleared.
type cloggedConn struct {
	*sessiontest.Client
	clogged atomic.Bool
	cleared chan struct{}
	held    [][]byte // what TryWrite could not write
	tried   atomic.Int32
}

func (c *cloggedConn) TryWrite(pieces [][]byte) (sent bool, err error) {
	c.tried.Add(1)
	if c.clogged.Load() {
		c.held = append([][]byte(nil), pieces...)
		return false, nil
	}
	return true, c.Write(context.Background(), bytes.Join(pieces, nil))
}

func (c *cloggedConn) Finish(time.Duration) error {
	<-c.cleared
	return c.Write(context.Background(), bytes.Join(c.held, nil))
}

// subscriber is a client with a SUB that has credit.
func subscriber(t *testing.T, bridge *sessiontest.Bridge, host *sockets) (*cloggedConn, *session.Handle) {
	t.Helper()
	c := &cloggedConn{Client: sessiontest.New(t), cleared: make(chan struct{})}
	go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: 1000, Bytes: 1 << 20, Text: []byte("tcp://127.0.0.1:1")})
	return c, <-host.made
}

func deliver(h *session.Handle, p burst.Part) {
	h.Lock()
	defer h.Unlock()
	h.OfferBurst(p, 0)
}

// TestBlockedClientKeepsNobodyWaiting: whoever delivers to it goes on to the others at once. While its network takes nothing
// nothing more is written to it; when it does again, all that waited comes, once and in order.
func TestBlockedClientKeepsNobodyWaiting(t *testing.T) {
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	blocked, to := subscriber(t, bridge, host)
	other, toOther := subscriber(t, bridge, host)
	blocked.clogged.Store(true)
	before := blocked.tried.Load()

	const count = 200
	for i := range count {
		var b burst.Builder
		b.Add(core.Message{{byte(i)}}, 0, 0)
		p := b.Take().Whole()
		deliver(to, p)
		deliver(toOther, p)
		if f := other.Await(core.KindMessage); f.Body.Topic()[0] != byte(i) {
			t.Fatalf("the other client got %v", f.Body.Topic())
		}
	}
	if n := blocked.tried.Load() - before; n != 1 {
		t.Errorf("it was tried %d times to write to a client whose network takes nothing", n)
	}
	blocked.clogged.Store(false)
	close(blocked.cleared)
	for i := range count {
		if f := blocked.Await(core.KindMessage); f.Body.Topic()[0] != byte(i) {
			t.Fatalf("message %d is %v", i, f.Body.Topic())
		}
	}
}
