//go:build !js

package zmq_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// These tests use all parts at once: client, WebSocket, bridge, ZMTP and backend.

// patience is how long a test waits for something that has to happen. Only a test that fails waits that long.
const patience = 20 * time.Second

// realBridge is a bridge that can be restarted on the same port.
type realBridge struct {
	t      *testing.T
	cfg    server.Config
	addr   string
	bridge *server.Bridge
	web    *http.Server
}

// startBridge starts a bridge. It allows everything, unless cfg has hooks of its own.
func startBridge(t *testing.T, cfg server.Config) *realBridge {
	t.Helper()
	if cfg.WebsocketAllowed == nil {
		cfg.WebsocketAllowed = func(*http.Request) error { return nil }
	}
	if cfg.ZMQAllowed == nil {
		cfg.ZMQAllowed = func(context.Context, server.Access) error { return nil }
	}
	cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	b := &realBridge{t: t, cfg: cfg, addr: "127.0.0.1:0"}
	b.start()
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *realBridge) start() {
	b.t.Helper()
	l, err := net.Listen("tcp", b.addr)
	must(b.t, err)
	b.addr = l.Addr().String()
	b.bridge = server.New(b.cfg)
	b.web = &http.Server{Handler: b.bridge}
	go b.web.Serve(l) // stop ends it
}

func (b *realBridge) stop() {
	b.web.Close()
	b.bridge.Close()
}

func (b *realBridge) url() string { return "ws://" + b.addr + "/data" }

// dial connects a client, which is closed at the end of the test.
func (b *realBridge) dial(opts zmq.Options) *zmq.Context {
	b.t.Helper()
	opts.BackoffMin, opts.BackoffMax = 5*time.Millisecond, 20*time.Millisecond
	c, err := zmq.Dial(b.t.Context(), b.url(), opts)
	must(b.t, err)
	b.t.Cleanup(c.Close)
	return c
}

// backends makes a factory of ZeroMQ sockets for backends. They are closed at the end of the test.
func backends(t *testing.T) *gateway.Factory {
	f := gateway.NewFactory(gateway.Config{})
	t.Cleanup(f.Close)
	return f
}

// anyPort leaves the choice of the port to the kernel.
var anyPort = core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}

// serveREP answers requests on an ordinary ZeroMQ REP and returns its address.
func serveREP(t *testing.T, answer func(core.Message) core.Message) string {
	t.Helper()
	rep, err := backends(t).Rep(anyPort)
	must(t, err)
	_, err = rep.Serve("backend", func(in *gateway.Incoming) { in.Reply(answer(in.Message)) })
	must(t, err)
	return rep.Endpoint().String()
}

func echo(m core.Message) core.Message { return m }

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestBridgeRequests(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{})
	req := c.Socket(zmq.REQ)
	must(t, req.Connect(serveREP(t, echo), nil))
	must(t, req.Ready(ctx))
	for name, parts := range map[string][]string{
		"text":      {"grüße 👋"},
		"binary":    {"\x00\xff\xfe"},
		"empty":     {""},
		"multipart": {"a", "", "c"},
		"1 MiB":     {strings.Repeat("x", 1<<20)},
		"8 MiB":     {strings.Repeat("y", 8<<20)},
	} {
		reply, err := req.Request(ctx, text(parts...)...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(parts[0]) < 100 {
			wantWords(t, reply, parts...)
		} else if string(reply[0]) != parts[0] {
			t.Errorf("%s: the reply has %d bytes, or others", name, len(reply[0]))
		}
	}
	var asked []<-chan outcome
	for i := range 1000 {
		asked = append(asked, request(ctx, req, fmt.Sprint("request ", i)))
	}
	for i := range asked {
		got := <-asked[i]
		must(t, got.err)
		wantWords(t, got.reply, fmt.Sprint("request ", i))
	}
}

func TestBridgeTwoSocketsInAnyOrder(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{})
	address := serveREP(t, echo)
	first, second := c.Socket(zmq.REQ), c.Socket(zmq.REQ)
	for _, s := range []*zmq.Socket{second, first} {
		must(t, s.Connect(address, nil))
		must(t, s.Ready(ctx))
		_, err := s.Request(ctx, []byte("x"))
		must(t, err)
	}
}

func TestBridgeRefuses(t *testing.T) {
	ctx := patient(t)
	b := startBridge(t, server.Config{
		WebsocketAllowed: func(r *http.Request) error {
			if r.Header.Get("X-User") == "" {
				return core.NewError(core.Unauthenticated, "who are you?")
			}
			return nil
		},
		Authenticate: func(_ context.Context, _ *http.Request, credentials []byte) (any, error) {
			if string(credentials) != `{"token":"secret"}` {
				return nil, core.NewError(core.Denied, "wrong token")
			}
			return "hugo", nil
		},
		ZMQAllowed: func(_ context.Context, a server.Access) error {
			if a.Param("username") != a.User || a.Subscribe && string(a.Prefix) == "secret" {
				return errors.New("not told to anybody")
			}
			return nil
		},
	})
	user := map[string][]string{"X-User": {"hugo"}}
	_, err := zmq.Dial(ctx, b.url(), zmq.Options{})
	wantCode(t, err, core.Unauthenticated)
	_, err = zmq.Dial(ctx, b.url(), zmq.Options{Header: user, Credentials: "guess"})
	wantCode(t, err, core.Denied)

	c := b.dial(zmq.Options{Header: user, Credentials: map[string]string{"token": "secret"}})
	req := c.Socket(zmq.REQ)
	must(t, req.Connect("tcp://127.0.0.1:9", map[string]any{"username": "eve"}))
	_, err = req.Request(ctx, []byte("x"))
	wantCode(t, err, core.Denied)
	wantCode(t, req.Ready(ctx), core.Denied)

	malformed := c.Socket(zmq.SUB)
	must(t, malformed.Connect("tcp://[::1", nil))
	_, err = malformed.Recv(ctx)
	wantCode(t, err, core.Invalid)

	pub := c.Socket(zmq.PUB)
	must(t, pub.Connect("tcp://127.0.0.1:9", map[string]any{"username": "eve"}))
	wantCode(t, pub.Ready(ctx), core.Denied)
	wantCode(t, zmq.NewPubRPCClient(pub).Call(ctx, "add", 1, 2), core.Denied)

	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	sub := c.Socket(zmq.SUB)
	must(t, sub.Connect(feed.Endpoint().String(), map[string]any{"username": "hugo"}))
	must(t, sub.Subscribe("secret"))
	_, err = sub.Recv(ctx)
	wantCode(t, err, core.Denied)
}

func TestBridgeFeed(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{HWM: 10})
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	sub := c.Socket(zmq.SUB)
	must(t, sub.Connect(feed.Endpoint().String(), nil))
	must(t, sub.Subscribe("fx."))
	must(t, sub.Ready(ctx))
	const n = 500 // this is many windows
	for i := range n {
		must(t, feed.Publish(text("time", "12:00")))
		must(t, feed.Publish(text("fx.EURUSD", fmt.Sprint(i))))
	}
	next := 0
	for m, err := range sub.Messages(ctx) {
		must(t, err)
		wantWords(t, m, "fx.EURUSD", fmt.Sprint(next))
		if next++; next == n {
			break
		}
	}
}

func TestBridgeRestart(t *testing.T) {
	ctx := patient(t)
	b := startBridge(t, server.Config{})
	c := b.dial(zmq.Options{})
	req, sub := c.Socket(zmq.REQ), c.Socket(zmq.SUB)
	feed, err := backends(t).Pub(anyPort)
	must(t, err)
	must(t, req.Connect(serveREP(t, echo), nil))
	must(t, sub.Connect(feed.Endpoint().String(), nil))
	must(t, sub.Subscribe(""))
	for range 3 {
		must(t, sub.Ready(ctx))
		must(t, feed.Publish(text("tick")))
		m, err := sub.Recv(ctx)
		must(t, err)
		wantWords(t, m, "tick")

		b.stop()
		for status := range c.Watch(ctx) {
			if status.State == zmq.Reconnecting {
				break
			}
		}
		waiting := request(ctx, req, "while it was away")
		b.start()
		got := <-waiting
		must(t, got.err)
		wantWords(t, got.reply, "while it was away")
		var gap *zmq.GapError
		if _, err := sub.Recv(ctx); !errors.As(err, &gap) {
			t.Fatalf("after the restart: %v, want a gap", err)
		}
	}
}

func TestBridgeServesPages(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{})
	address := "tcp://" + unused.Address(t)
	rep := c.Socket(zmq.REP)
	must(t, rep.Bind(address, nil))
	must(t, rep.Ready(ctx))
	s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{})
	must(t, err)
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.Serve(serving, rep) }()

	// A second client reaches the REP through the bridge, as any ZeroMQ REQ would reach it directly.
	req := c.Socket(zmq.REQ)
	must(t, req.Connect(address, nil))
	must(t, req.Ready(ctx))
	rpc := zmq.NewRPCClient(req)
	if v, err := zmq.Call[int](ctx, rpc, "add", 1, 2); err != nil || v != 3 {
		t.Errorf("got %v, %v", v, err)
	}
	if v, err := zmq.Call[[]string](ctx, rpc, "add_user", "ü", zmq.Kwargs{"type": "girl"}); err != nil || strings.Join(v, " ") != "ü girl" {
		t.Errorf("got %v, %v", v, err)
	}
	_, err = rpc.Call(ctx, "add_user", "root")
	wantCode(t, err, core.Failed)
	stop()
	wantCode(t, <-served, core.Canceled)
}

func TestBridgeBackendIsAway(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{}).dial(zmq.Options{})
	req := c.Socket(zmq.REQ)
	must(t, req.Connect("tcp://"+unused.Address(t), nil))
	_, err := req.Request(ctx, []byte("anybody?"))
	wantCode(t, err, core.Unavailable)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	wantCode(t, req.Ready(short), core.Timeout)
}

func TestBridgeRequestIsCanceled(t *testing.T) {
	ctx := patient(t)
	c := startBridge(t, server.Config{MaxPending: 1}).dial(zmq.Options{})
	arrived, answer := make(chan struct{}, 1), make(chan struct{})
	address := serveREP(t, func(m core.Message) core.Message {
		if string(m[0]) == "slow" {
			arrived <- struct{}{}
			<-answer
		}
		return m
	})
	req := c.Socket(zmq.REQ)
	must(t, req.Connect(address, nil))
	must(t, req.Ready(ctx))
	canceled, cancel := context.WithCancel(ctx)
	slow := request(canceled, req, "slow")
	<-arrived
	_, err := req.Request(ctx, []byte("one too many"))
	wantCode(t, err, core.Busy)
	cancel()
	wantCode(t, (<-slow).err, core.Canceled)
	close(answer)
	_, err = req.Request(ctx, []byte("fast")) // the bridge has made room
	must(t, err)
}
