//go:build !js

package zmq_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

func keepsHistory(h gateway.History) server.Config {
	return server.Config{Gateway: gateway.Config{History: func(core.Endpoint) gateway.History { return h }}}
}

// TestPositionOutlivesAProgram checks that a second program does not get again what the first one took from its socket. What
// the first one only held in its socket, the second one gets.
func TestPositionOutlivesAProgram(t *testing.T) {
	ctx := patient(t)
	b := startBridge(t, keepsHistory(gateway.History{Messages: 100}))
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	address := feed.Endpoint().String()

	first := b.dial(zmq.Options{})
	sub := first.Socket(zmq.SUB)
	if _, ok := sub.Position(address); ok {
		t.Error("a position before there is a connection")
	}
	must(t, sub.Connect(address, nil))
	must(t, sub.Subscribe(""))
	must(t, sub.Ready(ctx))
	for i := range 10 {
		must(t, feed.Publish(text("t", fmt.Sprint(i))))
	}
	for i := range 4 {
		wantNext(t, ctx, sub, fmt.Sprint(i))
	}
	p, ok := sub.Position(address)
	if !ok || p.Offset != 4 {
		t.Fatalf("stands at %v, %v", p, ok)
	}
	stored, err := p.MarshalText()
	must(t, err)
	first.Close()
	for i := range 5 {
		must(t, feed.Publish(text("t", fmt.Sprint(10+i))))
	}

	var restored zmq.Position
	must(t, restored.UnmarshalText(stored))
	again := b.dial(zmq.Options{}).Socket(zmq.SUB)
	must(t, again.Subscribe(""))
	must(t, again.ConnectSince(address, nil, restored))
	for i := range 11 {
		wantNext(t, ctx, again, fmt.Sprint(4+i))
	}
	must(t, again.Ready(ctx))
	must(t, feed.Publish(text("t", "live")))
	wantNext(t, ctx, again, "live")
	if p, _ := again.Position(address); p.Offset != 16 {
		t.Errorf("stands at %v", p)
	}
}

func wantNext(t *testing.T, ctx context.Context, sub *zmq.Socket, want string) {
	t.Helper()
	m, err := sub.Recv(ctx)
	must(t, err)
	wantWords(t, m, "t", want)
}

// cutter dials WebSockets for a client, and can cut them.
type cutter struct {
	mu   sync.Mutex
	conn *wsconn.Conn
}

func (c *cutter) dial(ctx context.Context, url string) (zmq.Conn, error) {
	conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, nil
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn.Drop()
}

// TestSessionIsGone checks that a client whose session the bridge has forgotten gets what it has missed, and no gap, without
// doing anything for it.
func TestSessionIsGone(t *testing.T) {
	ctx := patient(t)
	cfg := keepsHistory(gateway.History{Messages: 100})
	cfg.NoResume = true
	b := startBridge(t, cfg)
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	var wire cutter
	c := b.dial(zmq.Options{Dial: wire.dial})
	sub := c.Socket(zmq.SUB)
	must(t, sub.Connect(feed.Endpoint().String(), nil))
	must(t, sub.Subscribe(""))
	must(t, sub.Ready(ctx))
	for round := range 5 {
		must(t, feed.Publish(text("t", fmt.Sprint(round, " live"))))
		wantNext(t, ctx, sub, fmt.Sprint(round, " live"))
		wire.cut()
		for i := range 3 {
			must(t, feed.Publish(text("t", fmt.Sprint(round, i))))
		}
		for i := range 3 {
			wantNext(t, ctx, sub, fmt.Sprint(round, i))
		}
		must(t, sub.Ready(ctx))
	}
}

// TestHistoryIsGone checks that what the bridge does not have any more is reported as a gap, with the number where it can be
// known.
func TestHistoryIsGone(t *testing.T) {
	ctx := patient(t)
	b := startBridge(t, keepsHistory(gateway.History{Messages: 3}))
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	address := feed.Endpoint().String()
	first := b.dial(zmq.Options{})
	sub := first.Socket(zmq.SUB)
	must(t, sub.Connect(address, nil))
	must(t, sub.Subscribe(""))
	must(t, sub.Ready(ctx))
	must(t, feed.Publish(text("t", "0")))
	wantNext(t, ctx, sub, "0")
	p, _ := sub.Position(address)
	for i := range 10 {
		must(t, feed.Publish(text("t", fmt.Sprint(1+i))))
	}
	for i := range 10 {
		wantNext(t, ctx, sub, fmt.Sprint(1+i))
	}
	again := b.dial(zmq.Options{}).Socket(zmq.SUB)
	must(t, again.Subscribe(""))
	must(t, again.ConnectSince(address, nil, p))
	_, err = again.Recv(ctx)
	if gap := (*zmq.GapError)(nil); !errors.As(err, &gap) || gap.Missed != 7 || gap.Code != core.Lost {
		t.Fatalf("got %v, want a gap of 7", err)
	}
	for i := range 3 {
		wantNext(t, ctx, again, fmt.Sprint(8+i))
	}
}
