package session_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// goer is a socket that can go to another bridge.
type goer struct {
	*sockets
	handle *session.Handle
	took   int // messages that go along because they waited for the client
}

func (g *goer) Rest() {}

func (g *goer) Leave() (state func() moved.Socket) {
	return func() moved.Socket {
		g.took = g.handle.Queue().Len()
		return moved.Socket{Number: 1, Type: core.SUB}
	}
}

func (g *goer) Arrive(*moved.Socket) error { return nil }

// depot is where sessions are left, which takes as long as left does.
type depot struct{ left func() }

func (d depot) Ready() bool { return true }

func (d depot) Put(context.Context, []string, []byte) error {
	d.left()
	return nil
}

func (d depot) Get(context.Context, string) ([]byte, func(context.Context) error, error) {
	return nil, nil, core.NewError(core.Lost, "there is nothing")
}

func (d depot) Late(string, func()) (forget func()) { return func() {} }

// TestNothingFollowsWhatGoesAlong: what waits for a client goes to the next bridge with its session. So it is not sent here as well when the
// network takes something again while the session is being left: the next bridge would know nothing of these frames, and would close the
// connection of a client that has received them.
func TestNothingFollowsWhatGoesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &goer{sockets: newSockets()}
		var c *cloggedConn
		bridge := sessiontest.NewBridgeWith(t, depot{func() {
			c.clogged.Store(false)
			close(c.cleared)
			synctest.Wait() // all is written that is going to be
		}}, func(h *session.Handle, open *core.Frame) session.Socket {
			g.handle = h
			g.make(h, open)
			return g
		})
		c = &cloggedConn{Client: sessiontest.Saying(t, core.Frame{}), cleared: make(chan struct{})}
		go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, true) // Close waits for it
		c.Await(core.KindWelcome)
		c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: 1000, Bytes: 1 << 20, Text: []byte("tcp://127.0.0.1:1")})
		to := <-g.made
		c.clogged.Store(true)
		const count = 5
		for i := range count {
			var b burst.Builder
			b.Add(core.Message{{byte(i)}, make([]byte, 40<<10)}, 0, 0)
			deliver(to, b.Take().Whole())
		}
		if err := bridge.Drain(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		sent := 0
		for ; c.Has(core.KindMessage); sent++ {
			c.Await(core.KindMessage)
		}
		if g.took == 0 || sent+g.took != count {
			t.Errorf("%d messages go along, and %d are sent, of %d", g.took, sent, count)
		}
	})
}
