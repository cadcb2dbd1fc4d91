//go:build !js

package zmq_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// streamer has streams of every shape.
type streamer struct {
	made  atomic.Int64
	ended chan error
}

type pace struct {
	Step int `json:"step"`
}

func (s *streamer) Count(ctx context.Context, to int, p *pace) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < to; i += max(p.Step, 1) {
			s.made.Add(1)
			if !yield(i) {
				break
			}
		}
		select {
		case s.ended <- context.Cause(ctx):
		default:
		}
	}
}

func (*streamer) CanCount(_ context.Context, to int, _ *pace) bool { return to != 13 }

func (*streamer) Tail(name string) (iter.Seq2[string, error], error) {
	if name != "log" {
		return nil, &zmq.CallError{Text: "no such file: " + name, Type: "NotFound"}
	}
	return func(yield func(string, error) bool) {
		_ = yield("a", nil) && yield("b", nil) && yield("", errors.New("cut off"))
	}, nil
}

func (*streamer) Quiet(ctx context.Context) iter.Seq[int] {
	return func(func(int) bool) { <-ctx.Done() }
}
func (*streamer) Panics() iter.Seq[int]              { return func(func(int) bool) { panic("secret detail") } }
func (*streamer) Unwritable() iter.Seq[any]          { return func(yield func(any) bool) { yield(func() {}) } }
func (*streamer) Nothing() iter.Seq[int]             { return nil }
func (*streamer) Add(a, b int) int                   { return a + b }
func (*streamer) Pairs() iter.Seq2[int, int]         { return nil } // cannot be called
func (*streamer) Many(first string, more ...float64) {}

func newStreamer(t *testing.T, opts zmq.RPCOptions) (*streamer, *zmq.RPCServer) {
	t.Helper()
	value := &streamer{ended: make(chan error, 10)}
	opts.Log = slog.New(slog.DiscardHandler)
	s, err := zmq.NewRPCServer(value, opts)
	must(t, err)
	return value, s
}

// onBridge serves a value on a ROUTER for which a bridge listens, and makes a DEALER that is connected to it.
func onBridge(t *testing.T, ctx context.Context, s *zmq.RPCServer) *zmq.StreamClient {
	t.Helper()
	b := startBridge(t, server.Config{})
	router, dealer := b.dial(zmq.Options{}).Socket(zmq.ROUTER), b.dial(zmq.Options{}).Socket(zmq.DEALER)
	address := "tcp://" + unused.Address(t)
	must(t, router.Bind(address, nil))
	must(t, router.Ready(ctx))
	serving, stop := context.WithCancel(ctx)
	served := make(chan error)
	go func() { served <- s.ServeRouter(serving, router) }()
	must(t, dealer.Connect(address, nil))
	must(t, dealer.Ready(ctx))
	client := zmq.NewStreamClient(dealer, zmq.StreamClientOptions{})
	t.Cleanup(func() {
		client.Close()
		stop()
		<-served
	})
	return client
}

func TestStreamsThroughABridge(t *testing.T) {
	ctx := patient(t)
	value, s := newStreamer(t, zmq.RPCOptions{})
	client := onBridge(t, ctx, s)

	var got []int
	for item, err := range zmq.Stream[int](ctx, client, "count", 1000, zmq.Kwargs{"step": 2}) {
		must(t, err)
		got = append(got, item)
	}
	if len(got) != 500 || !slices.IsSorted(got) {
		t.Errorf("got %d items", len(got))
	}

	value.made.Store(0)
	<-value.ended
	for range client.Stream(ctx, "Count", 1_000_000) {
		break
	}
	if cause := <-value.ended; cause == nil || value.made.Load() > 100 {
		t.Errorf("the function ended after %d items for %v", value.made.Load(), cause)
	}

	for name, tt := range map[string]struct {
		function string
		args     []any
		want     zmq.CallError
	}{
		"an error at the beginning": {"tail", []any{"x"}, zmq.CallError{Code: zmq.Failed, Text: "no such file: x", Type: "NotFound"}},
		"an error on the way":       {"tail", []any{"log"}, zmq.CallError{Code: zmq.Failed, Text: "cut off"}},
		"guarded":                   {"count", []any{13}, zmq.CallError{Code: zmq.Denied, Text: "unauthorized access"}},
		"wrong arguments":           {"count", []any{"x"}, zmq.CallError{Code: zmq.Invalid, Text: "argument 1 of count: string where an integer in range is expected"}},
		"unknown":                   {"nope", nil, zmq.CallError{Code: zmq.Invalid, Text: `there is no function "nope"`}},
		"no stream":                 {"add", []any{1, 2}, zmq.CallError{Code: zmq.Unsupported, Text: "add is no stream"}},
		"a panic":                   {"panics", nil, zmq.CallError{Code: zmq.Failed, Text: "unknown error"}},
		"an item without JSON":      {"unwritable", nil, zmq.CallError{Code: zmq.Failed, Text: "unknown error"}},
	} {
		t.Run(name, func(t *testing.T) {
			var failed *zmq.CallError
			if _, err := lastOf(client.Stream(ctx, tt.function, tt.args...)); !errors.As(err, &failed) || *failed != tt.want {
				t.Errorf("got %v, want %v", err, &tt.want)
			}
		})
	}
	if n, err := lastOf(client.Stream(ctx, "nothing")); n != 0 || err != nil {
		t.Errorf("nothing: %d, %v", n, err)
	}

	rpc := zmq.NewRPCClient(client)
	if sum, err := zmq.Call[int](ctx, rpc, "add", 1, 2); err != nil || sum != 3 {
		t.Errorf("add: %v, %v", sum, err)
	}
	_, err := rpc.Call(ctx, "quiet")
	wantCode(t, err, zmq.Failed)
}

func lastOf(items iter.Seq2[json.RawMessage, error]) (n int, last error) {
	for _, err := range items {
		n, last = n+1, err
	}
	return n, last
}

// A server that dies takes its streams with it, and the client learns it at once.
func TestStreamOfAServerThatDies(t *testing.T) {
	ctx := patient(t)
	address := "tcp://" + unused.Address(t)
	python := startPython(t, address)
	dealer := startBridge(t, server.Config{}).dial(zmq.Options{}).Socket(zmq.DEALER)
	must(t, dealer.Connect(address, nil))
	must(t, dealer.Ready(ctx))
	client := zmq.NewStreamClient(dealer, zmq.StreamClientOptions{})
	defer client.Close()
	n := 0
	for item, err := range zmq.Stream[int](ctx, client, "count", 1_000_000, zmq.Kwargs{"pause": 0.001}) {
		if err != nil {
			wantCode(t, err, zmq.Lost)
			break
		}
		if item != n {
			t.Fatalf("item %d is %d", n, item)
		}
		if n++; n == 100 {
			python.Process.Kill()
		}
	}
	startPython(t, address)
	if got, err := lastOf(client.Stream(ctx, "count", 10)); got != 10 || err != nil {
		t.Errorf("the server that came after it sent %d items, %v", got, err)
	}
}

// startPython starts the server of streams in examples/python.
func startPython(t *testing.T, address string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", "../../examples/python/streams.py", "--address", address)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line := make([]byte, 100)
	if n, err := out.Read(line); err != nil || !strings.HasPrefix(string(line[:n]), "streams: ROUTER") {
		t.Fatalf("the server in Python says %q, %v", line[:n], err)
	}
	return cmd
}

// A REP has no streams, and says so in the way of 2012.
func TestStreamOfAREP(t *testing.T) {
	ctx := patient(t)
	_, s := newStreamer(t, zmq.RPCOptions{})
	address := serveREP(t, func(m zmq.Message) zmq.Message { return zmq.Message{s.Handle(ctx, m[len(m)-1])} })
	dealer := startBridge(t, server.Config{}).dial(zmq.Options{}).Socket(zmq.DEALER)
	must(t, dealer.Connect(address, nil))
	client := zmq.NewStreamClient(dealer, zmq.StreamClientOptions{})
	defer client.Close()
	_, err := lastOf(client.Stream(ctx, "count", 3))
	wantCode(t, err, zmq.Unsupported)
}

func TestStreamWhoseSessionIsLost(t *testing.T) {
	ctx := patient(t)
	address := "tcp://" + unused.Address(t)
	startPython(t, address)
	b := startBridge(t, server.Config{})
	dealer := b.dial(zmq.Options{}).Socket(zmq.DEALER)
	must(t, dealer.Connect(address, nil))
	client := zmq.NewStreamClient(dealer, zmq.StreamClientOptions{})
	defer client.Close()
	for item, err := range zmq.Stream[int](ctx, client, "count", 1_000_000, zmq.Kwargs{"pause": 0.01}) {
		if err != nil {
			wantCode(t, err, zmq.Lost)
			break
		}
		if item == 3 {
			b.stop()
			b.start()
		}
	}
	if n, err := lastOf(client.Stream(ctx, "count", 3)); n != 3 || err != nil {
		t.Errorf("afterwards: %d items, %v", n, err)
	}
}

func TestDescribe(t *testing.T) {
	_, s := newStreamer(t, zmq.RPCOptions{
		Authorized: []string{"Count", "tail", "Add", "many"},
		Docs:       map[string]string{"Add": "The sum.", "tail": "Lines."},
	})
	rpc := zmq.NewRPCClient(answering(func(request string) (string, error) {
		return string(s.Handle(t.Context(), []byte(request))), nil
	}))
	got, err := rpc.Describe(t.Context())
	must(t, err)
	text, _ := json.Marshal(got)
	want := `{"functions":[` +
		`{"name":"add","doc":"The sum.","signature":"add(integer, integer) -> integer","params":[{"type":"integer"},{"type":"integer"}]},` +
		`{"name":"count","signature":"count(integer, step: integer = …) -> stream of integer","params":[{"type":"integer"},{"name":"step","type":"integer","optional":true,"keyword":true}],"stream":true},` +
		`{"name":"many","signature":"many(string, *number)","params":[{"type":"string"},{"type":"number","rest":true}]},` +
		`{"name":"tail","doc":"Lines.","signature":"tail(string) -> stream of string","params":[{"type":"string"}],"stream":true}]}`
	if strings.ReplaceAll(strings.ReplaceAll(string(text), `\u003e`, ">"), `\u003c`, "<") != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	_, err = zmq.NewRPCServer(&streamer{}, zmq.RPCOptions{Docs: map[string]string{"nope": ""}})
	wantCode(t, err, zmq.Invalid)
}

func TestErrorWithItsType(t *testing.T) {
	rpc := zmq.NewRPCClient(answering(func(string) (string, error) {
		return `{"status":"error","error_msg":"'x'","error_type":"KeyError"}`, nil
	}))
	_, err := rpc.Call(t.Context(), "f")
	var failed *zmq.CallError
	if !errors.As(err, &failed) || *failed != (zmq.CallError{Code: zmq.Failed, Text: "'x'", Type: "KeyError"}) {
		t.Errorf("got %v", err)
	}
	if err.Error() != "failed: 'x'" {
		t.Errorf("it reads %q", err)
	}
}
