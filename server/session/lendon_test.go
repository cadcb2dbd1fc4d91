package session_test

import (
	"context"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// goingOn is a lender that lends on, and says when it does.
type goingOn struct {
	*lender
	k *holding
}

// holding is a keeper that complains of frames that it is to handle while the connection is held.
type holding struct {
	*keeper
	held bool // of the reading goroutine
	fail chan string
}

func (k *holding) Gatherer() session.Gatherer { return k }

func (k *holding) Handle(f *core.Frame) error {
	if k.held {
		k.fail <- f.Kind.String()
	}
	return k.keeper.Handle(f)
}

func (c *goingOn) LendOn(ctx context.Context, handle func([][]byte) bool) (enough bool, err error) {
	for {
		batches, _, err := c.Lend(ctx)
		if err != nil {
			return false, err
		}
		c.k.held = true
		goOn := handle(batches)
		c.k.held = false
		if c.Return(); !goOn {
			return true, nil
		}
	}
}

// serveGoingOn is a client that has asked long enough to be lent on.
func serveGoingOn(t *testing.T) (c *goingOn, k *holding, bridge *sessiontest.Bridge) {
	t.Helper()
	k = &holding{keeper: &keeper{sockets: newSockets(), kept: make(chan core.Frame, 1000), asked: make(chan string, 1000), pinned: make(chan bool, 1000)}, fail: make(chan string, 1000)}
	c = &goingOn{&lender{togetherConn: &togetherConn{Client: sessiontest.New(t), enough: 1}}, k}
	bridge = sessiontest.NewBridge(t, func(h *session.Handle, _ *core.Frame) session.Socket {
		k.handle = h
		return k
	})
	go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	k.expect(t, "Open")
	<-k.kept
	for range 40 {
		c.Send(asks("early"))
		k.expect(t, string(asks("early").Body), "pass")
	}
	return c, k, bridge
}

// TestOnlyRequestsWhileLentOn: what else comes, behind requests or by itself, is handled when the connection is not held any more, in its order,
// and requests that come then are lent on again.
func TestOnlyRequestsWhileLentOn(t *testing.T) {
	c, k, _ := serveGoingOn(t)
	ask := string(asks("a").Body)
	for range 3 {
		c.Send(asks("a"), asks("a"))
		c.Send(asks("a"), says("m"), asks("a"))
		c.Send(says("n"))
		k.expect(t, ask, ask, "pass", ask, "pass", "Message", ask, "pass", "Message")
		for _, body := range []string{"m", "n"} {
			if f := <-k.kept; string(f.Body) != string(says(body).Body) {
				t.Errorf("%q has become %q", says(body).Body, f.Body)
			}
		}
		loans := c.loans.Load()
		for range 20 {
			c.Send(asks("a"))
			k.expect(t, ask, "pass")
		}
		if c.loans.Load() == loans {
			t.Error("nothing is lent any more")
		}
	}
	select {
	case kind := <-k.fail:
		t.Errorf("%s was handled while the connection was held", kind)
	default:
	}
}

// TestEndWhileLentOn: what a client may not say ends its session, and so does its end.
func TestEndWhileLentOn(t *testing.T) {
	t.Run("a request that may not be", func(t *testing.T) {
		c, k, _ := serveGoingOn(t)
		k.refusal = core.NewCloseError(core.CloseState, "no")
		c.Send(asks("a"))
		if code := c.AwaitClose(); code != core.CloseState {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("malformed", func(t *testing.T) {
		c, _, _ := serveGoingOn(t)
		c.Send(asks("a"))
		c.Send()
		if code := c.AwaitClose(); code != core.CloseMalformed {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("the bridge", func(t *testing.T) {
		c, _, bridge := serveGoingOn(t)
		go bridge.Close()
		if code := c.AwaitClose(); code != core.CloseGoingAway {
			t.Errorf("closed with %d", code)
		}
	})
}
