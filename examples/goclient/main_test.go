package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// calculator has those functions of the demo's RPC server that the example calls.
type calculator struct{}

func (calculator) Add(a, b float64) float64              { return a + b }
func (calculator) AddUser(name, password string)         {}
func (calculator) CanAddUser(name, password string) bool { return password != "" }

func TestRun(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	bridge := server.New(server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil },
		ZMQAllowed:       func(context.Context, server.Access) error { return nil },
	})
	defer bridge.Close()
	web := httptest.NewServer(bridge)
	defer web.Close()

	var out bytes.Buffer
	if err := run(ctx, &out, "ws"+strings.TrimPrefix(web.URL, "http"), backends(ctx, t)); err != nil {
		t.Fatal(err)
	}
	want := `echo says hello
1 + 2 = 3
add_user without a password: failed: unauthorized access
` + strings.Repeat("fx.EURUSD 1.1\n", 5)
	if out.String() != want {
		t.Errorf("got %s\nwant %s", &out, want)
	}
}

// backends starts ordinary ZeroMQ sockets, like those of the demo.
func backends(ctx context.Context, t *testing.T) services {
	t.Helper()
	anyPort := core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}
	sockets := func() *gateway.Factory { // each backend has its own factory, because a factory shares sockets that have the same address
		f := gateway.NewFactory(gateway.Config{})
		t.Cleanup(f.Close)
		return f
	}
	rep := func(answer func(core.Message) core.Message) string {
		gw, err := sockets().Rep(anyPort)
		if err == nil {
			_, err = gw.Serve("", func(in *gateway.Incoming) { in.Reply(answer(in.Message)) })
		}
		if err != nil {
			t.Fatal(err)
		}
		return gw.Endpoint().String()
	}
	rpc, err := zmq.NewRPCServer(calculator{}, zmq.RPCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pub, err := sockets().Pub(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	ticking, stop := context.WithCancel(ctx)
	ticked := make(chan struct{})
	t.Cleanup(func() { stop(); <-ticked })
	go func() {
		defer close(ticked)
		for tick := time.NewTicker(time.Millisecond); ticking.Err() == nil; <-tick.C {
			pub.Publish(core.Message{[]byte("time"), []byte("12:00")})
			pub.Publish(core.Message{[]byte("fx.EURUSD"), []byte("1.1")})
		}
	}()
	return services{
		echo:  rep(func(m core.Message) core.Message { return m }),
		rates: pub.Endpoint().String(),
		rpc:   rep(func(m core.Message) core.Message { return core.Message{rpc.Handle(ctx, m[0])} }),
	}
}
