package session

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// leaver is a client that closes its WebSocket: from then on nothing can be written, and only who reads learns why.
type leaver struct {
	*sessiontest.Client
	left    chan struct{} // closed when the client has
	refused chan struct{} // somebody wanted to write since; capacity 1
}

func (c leaver) Write(ctx context.Context, batch []byte) error {
	select {
	case <-c.left:
		select {
		case c.refused <- struct{}{}:
		default:
		}
		return core.NewError(core.Lost, "use of closed network connection")
	default:
		return c.Client.Write(ctx, batch)
	}
}

func (c leaver) Read(ctx context.Context) ([]byte, error) {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.refused:
			cancel()
		case <-reading.Done():
		}
	}()
	return c.Client.Read(reading) // the code is that of a client that leaves
}

func (c leaver) Close(core.CloseCode, string) error { return nil }

// TestClientThatLeavesWhileItIsWrittenTo ends its session: that is not a cut, however the writer hears of it first.
func TestClientThatLeavesWhileItIsWrittenTo(t *testing.T) {
	const wait = sessiontest.Patience
	host := &sockets{made: make(chan *Handle, 10), handled: make(chan core.Kind, 100)}
	registry := NewRegistry(Config{Agent: "test", MaxConnections: 10, MaxSockets: 10, MaxMessage: 1 << 20, MaxQueued: 1 << 20, Memory: 1 << 30,
		Retain: time.Minute, RetainBytes: 1 << 20, RetainTotal: 1 << 20,
		Heartbeat: wait, HelloTimeout: wait, HookTimeout: wait, WriteTimeout: wait,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, host)
	t.Cleanup(registry.Close)
	c := leaver{sessiontest.New(t), make(chan struct{}), make(chan struct{}, 1)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		registry.Serve(c, httptest.NewRequest("GET", "/data", nil), true)
	}()
	c.Await(core.KindWelcome)
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.PULL, Text: []byte("tcp://127.0.0.1:1")})
	<-host.handled
	h := <-host.made
	close(c.left)
	h.Send(core.Frame{Kind: core.KindState, ID: 1})
	<-over
	if n := registry.Waiting(); n != 0 {
		t.Errorf("%d sessions wait to be resumed", n)
	}
}
