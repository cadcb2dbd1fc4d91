package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// TestOneValueServedTwice calls the service in every way there is.
func TestOneValueServedTwice(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	users, err := zmq.NewRPCServer(&Users{}, zmq.RPCOptions{})
	if err != nil {
		t.Fatal(err)
	}
	url := startBridge(t)
	plain, behind := "tcp://"+unused.Address(t), "tcp://"+unused.Address(t)
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- serve(serving, users, plain) }()
	go func() { ended <- serveBehindBridge(serving, users, url, behind) }()
	defer func() {
		stop()
		for range cap(ended) {
			<-ended
		}
	}()

	bridge, err := zmq.Dial(ctx, url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bridge.Close()
	for n, address := range []string{plain, behind} {
		req := bridge.Socket(zmq.REQ)
		req.Connect(address, nil)
		if err := req.Ready(ctx); err != nil {
			t.Fatal(err)
		}
		callAll(ctx, t, zmq.NewRPCClient(req), n)
		callAll(ctx, t, zmq.NewRPCClient(dialPlain(ctx, t, address)), n+2)
	}
}

// TestStreams reads streams of the ROUTER, and calls functions there.
func TestStreams(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	users, err := zmq.NewRPCServer(&Users{}, zmq.RPCOptions{Docs: docs})
	if err != nil {
		t.Fatal(err)
	}
	address := "tcp://" + unused.Address(t)
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- serveStreams(serving, users, address) }()
	defer func() {
		stop()
		<-ended
	}()
	bridge, err := zmq.Dial(ctx, startBridge(t), zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bridge.Close()
	dealer := bridge.Socket(zmq.DEALER)
	dealer.Connect(address, nil)
	client := zmq.NewStreamClient(dealer, zmq.StreamClientOptions{})
	defer client.Close()

	var got []int
	for n, err := range zmq.Stream[int](ctx, client, "count", 200) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, n)
	}
	if len(got) != 200 || got[199] != 199 {
		t.Errorf("got %v", got)
	}
	rpc := zmq.NewRPCClient(client)
	callAll(ctx, t, rpc, 0)
	told, err := rpc.Describe(ctx)
	if err != nil || len(told.Functions) != len(docs) {
		t.Errorf("got %+v, %v", told, err)
	}
	for _, f := range told.Functions {
		if f.Doc == "" || f.Stream != (f.Name == "count") {
			t.Errorf("got %+v", f)
		}
	}
}

// callAll calls every function. n makes the names of users unique.
func callAll(ctx context.Context, t *testing.T, rpc *zmq.RPCClient, n int) {
	t.Helper()
	if sum, err := zmq.Call[float64](ctx, rpc, "add", 1, 0.5); err != nil || sum != 1.5 {
		t.Errorf("add: %v, %v", sum, err)
	}
	name := fmt.Sprint("user", n)
	before, err := zmq.Call[[]string](ctx, rpc, "names")
	if err != nil {
		t.Error("names:", err)
	}
	if count, err := zmq.Call[int](ctx, rpc, "add_user", name, "secret", zmq.Kwargs{"type": "girl"}); err != nil || count != len(before)+1 {
		t.Errorf("add_user: %v, %v", count, err)
	}
	for want, password := range map[string]string{name + " is taken": "secret", "unauthorized access": "short"} {
		if _, err := rpc.Call(ctx, "AddUser", name, password); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("add_user: %v, want %s", err, want)
		}
	}
}

// plainREQ lets an RPC client use the REQ socket of another library.
type plainREQ struct{ zmq4.Socket }

func (s plainREQ) Request(_ context.Context, parts ...[]byte) (zmq.Message, error) {
	if err := s.SendMulti(zmq4.NewMsgFrom(parts...)); err != nil {
		return nil, err
	}
	m, err := s.Recv()
	return m.Frames, err
}

func dialPlain(ctx context.Context, t *testing.T, address string) plainREQ {
	t.Helper()
	req := zmq4.NewReq(ctx)
	t.Cleanup(func() { req.Close() })
	if err := req.Dial(address); err != nil {
		t.Fatal(err)
	}
	return plainREQ{req}
}

func startBridge(t *testing.T) (url string) {
	t.Helper()
	bridge := server.New(server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil },
		ZMQAllowed:       func(context.Context, server.Access) error { return nil },
	})
	t.Cleanup(bridge.Close)
	web := httptest.NewServer(bridge)
	t.Cleanup(web.Close)
	return "ws" + strings.TrimPrefix(web.URL, "http")
}
