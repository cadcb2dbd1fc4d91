package session_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// togetherConn is a Client whose messages come several at a time: what it sends is held back until there are enough.
type togetherConn struct {
	*sessiontest.Client
	enough int
	writes atomic.Int32
}

func (c *togetherConn) ReadTogether(ctx context.Context) (batches [][]byte, err error) {
	for len(batches) < c.enough {
		batch, err := c.Read(ctx)
		if err != nil {
			return nil, err
		}
		batches = append(batches, batch)
	}
	return batches, nil
}

func (c *togetherConn) TryWrite(pieces [][]byte) (sent bool, err error) {
	c.writes.Add(1)
	return true, c.Write(context.Background(), bytes.Join(pieces, nil))
}

func (c *togetherConn) Finish(time.Duration) error { return nil }

func serveTogether(t *testing.T, enough int) (*togetherConn, *sockets, *sessiontest.Bridge) {
	t.Helper()
	c := &togetherConn{Client: sessiontest.New(t), enough: enough}
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	return c, host, bridge
}

// TestMessagesThatComeTogether are handled in one visit, each as a message of its own, and answered at once.
func TestMessagesThatComeTogether(t *testing.T) {
	c, host, _ := serveTogether(t, 3)
	before := c.writes.Load()
	for id := range uint64(3) {
		c.Send(core.Frame{Kind: core.KindPing, ID: id + 1})
	}
	for id := range uint64(3) {
		if f := c.Await(core.KindPong); f.ID != id+1 {
			t.Errorf("answer %d is to %d", id+1, f.ID)
		}
	}
	if n := c.writes.Load() - before; n != 1 {
		t.Errorf("answered in %d messages", n)
	}
	if len(host.handled) > 0 {
		t.Error("a socket was handed something")
	}
}

// TestMalformedAmongOthers: what came before it is handled, what comes behind it is not. Whether answers still arrive is not promised:
// the session ends, and what is not written by then is not sent any more.
func TestMalformedAmongOthers(t *testing.T) {
	c, host, _ := serveTogether(t, 3)
	c.Send(core.Frame{Kind: core.KindPing, ID: 1}, core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")})
	c.Send(core.Frame{Kind: core.KindSubscribe, Socket: 7, ID: 1}) // there is none
	c.Send(core.Frame{Kind: core.KindPing, ID: 2}, core.Frame{Kind: core.KindOpen, Socket: 2, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")})
	if code := c.AwaitClose(); code != core.CloseState {
		t.Errorf("closed with %d", code)
	}
	if n := len(host.handled); n != 1 {
		t.Errorf("%d frames were handled", n)
	}
}

// TestMessagesBehindTheEnd are not handled: the session has ended with a message before them.
func TestMessagesBehindTheEnd(t *testing.T) {
	c, host, bridge := serveTogether(t, 2)
	closed := make(chan core.CloseCode, 1)
	host.act = func() {
		go bridge.Close()
		closed <- c.AwaitClose()
	}
	open := core.Frame{Kind: core.KindOpen, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")}
	for id := range uint32(2) {
		open.Socket = id + 1
		c.Send(open)
	}
	if code := <-closed; code != core.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
	bridge.Close()
	if n := len(host.handled); n != 1 {
		t.Errorf("%d frames were handled", n)
	}
}
