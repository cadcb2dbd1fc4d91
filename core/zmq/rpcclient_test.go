package zmq_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// answering is a Requester that answers each request with the result of a function.
type answering func(request string) (reply string, err error)

func (f answering) Request(_ context.Context, parts ...[]byte) (zmq.Message, error) {
	reply, err := f(string(parts[0]))
	return text(reply), err
}

func TestCall(t *testing.T) {
	for name, tt := range map[string]struct {
		args        []any
		want, reply string
		value       string
		code        core.Code
	}{
		"arguments":           {[]any{1, "zwei", nil, []int{3}}, `{"funcname":"f","args":[1,"zwei",null,[3]],"kwargs":{}}`, `{"returnval":7}`, `7`, core.OK},
		"none":                {nil, `{"funcname":"f","args":[],"kwargs":{}}`, `{"returnval":null}`, `null`, core.OK},
		"kwargs":              {[]any{"a", zmq.Kwargs{"type": "girl"}}, `{"funcname":"f","args":["a"],"kwargs":{"type":"girl"}}`, `{"returnval":{"a":1}}`, `{"a":1}`, core.OK},
		"kwargs alone":        {[]any{zmq.Kwargs{}}, `{"funcname":"f","args":[],"kwargs":{}}`, `{}`, ``, core.OK},
		"a map is no kwargs":  {[]any{map[string]any{"a": 1}}, `{"funcname":"f","args":[{"a":1}],"kwargs":{}}`, `{"returnval":0}`, `0`, core.OK},
		"a single array":      {[]any{[]int{1, 2}}, `{"funcname":"f","args":[[1,2]],"kwargs":{}}`, `{"returnval":0}`, `0`, core.OK},
		"written as JS would": {[]any{"<&>"}, `{"funcname":"f","args":["<&>"],"kwargs":{}}`, `{"returnval":0}`, `0`, core.OK},
		"an error":            {nil, `{"funcname":"f","args":[],"kwargs":{}}`, `{"status":"error","error_msg":"no"}`, ``, core.Failed},
		"no RPC server":       {nil, `{"funcname":"f","args":[],"kwargs":{}}`, `hello`, ``, core.Protocol},
		"NaN from Python":     {nil, `{"funcname":"f","args":[],"kwargs":{}}`, `{"returnval": [NaN, -Infinity]}`, `[NaN, -Infinity]`, core.OK},
		"NaN to send":         {[]any{math.NaN()}, ``, ``, ``, core.Invalid},
		"no JSON to send":     {[]any{func() {}}, ``, ``, ``, core.Invalid},
		"no JSON in kwargs":   {[]any{zmq.Kwargs{"f": func() {}}}, ``, ``, ``, core.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			rpc := zmq.NewRPCClient(answering(func(request string) (string, error) {
				asked = request
				return tt.reply, nil
			}))
			value, err := rpc.Call(t.Context(), "f", tt.args...)
			wantCode(t, err, tt.code)
			if asked != tt.want {
				t.Errorf("asked %s, want %s", asked, tt.want)
			}
			if string(value) != tt.value {
				t.Errorf("got %s, want %s", value, tt.value)
			}
		})
	}
}

func TestCallTyped(t *testing.T) {
	reply := ""
	rpc := zmq.NewRPCClient(answering(func(string) (string, error) { return reply, nil }))
	ctx := t.Context()

	reply = `{"returnval":3}`
	if sum, err := zmq.Call[int](ctx, rpc, "add", 1, 2); err != nil || sum != 3 {
		t.Errorf("got %v, %v", sum, err)
	}
	reply = `{"returnval":{"name":"hugo","tags":["a","b"]}}`
	type user struct {
		Name string
		Tags []string
	}
	if u, err := zmq.Call[user](ctx, rpc, "user"); err != nil || u.Name != "hugo" || len(u.Tags) != 2 {
		t.Errorf("got %v, %v", u, err)
	}
	for _, reply = range []string{`{"returnval":null}`, `{}`} {
		if n, err := zmq.Call[int](ctx, rpc, "nothing"); err != nil || n != 0 {
			t.Errorf("%s: got %v, %v", reply, n, err)
		}
	}
	reply = `{"returnval":[1,"x"]}`
	n, err := zmq.Call[[]int](ctx, rpc, "numbers")
	wantCode(t, err, core.Protocol)
	if n != nil {
		t.Errorf("got %v beside an error", n)
	}
	reply = `{"status":"error","error_msg":"unauthorized access"}`
	_, err = zmq.Call[int](ctx, rpc, "add", 1, 2)
	var failed *zmq.Error
	if !errors.As(err, &failed) || *failed != (zmq.Error{Code: core.Failed, Text: "unauthorized access", Remote: true}) {
		t.Errorf("got %v", err)
	}
}

func TestCallWithoutAnAnswer(t *testing.T) {
	rpc := zmq.NewRPCClient(answering(func(string) (string, error) { return "", core.NewError(core.Timeout, "") }))
	_, err := rpc.Call(t.Context(), "f")
	wantCode(t, err, core.Timeout)
}

// vector is a case of core/rpc/testdata.
type vector struct {
	Name, Text, Error string
	Value             string // JSON text; "" where there is none
}

func vectors(t *testing.T, file string) (cases []vector) {
	t.Helper()
	b, err := os.ReadFile("../rpc/testdata/" + file)
	must(t, err)
	must(t, json.Unmarshal(b, &cases))
	return cases
}

// TestGoldenReturns checks that the client returns what core's test vectors say.
func TestGoldenReturns(t *testing.T) {
	for _, v := range vectors(t, "parse_return.json") {
		t.Run(v.Name, func(t *testing.T) {
			rpc := zmq.NewRPCClient(answering(func(string) (string, error) { return v.Text, nil }))
			value, err := rpc.Call(t.Context(), "f")
			if v.Error == "" {
				must(t, err)
			} else if got := core.CodeOf(err).String(); got != v.Error {
				t.Fatalf("got %s, want %s", got, v.Error)
			}
			if string(value) != v.Value {
				t.Errorf("got %s, want %s", value, v.Value)
			}
		})
	}
}

// TestGoldenCalls checks that a server reads from every call what core's test vectors say.
func TestGoldenCalls(t *testing.T) {
	s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	for _, v := range vectors(t, "parse_call.json") {
		t.Run(v.Name, func(t *testing.T) {
			reply := string(s.Handle(t.Context(), []byte(v.Text)))
			malformed := strings.Contains(reply, "malformed RPC call") || strings.Contains(reply, "RPC call has no") ||
				strings.Contains(reply, "of the RPC call are not")
			if malformed != (v.Error != "") {
				t.Errorf("got %s, want error %q", reply, v.Error)
			}
		})
	}
}

func TestPubRPC(t *testing.T) {
	var published []string
	pub := zmq.NewPubRPCClient(zmq.SenderFunc(func(_ context.Context, parts ...[]byte) error {
		published = append(published, string(parts[0]))
		return nil
	}))
	ctx := t.Context()
	must(t, pub.Call(ctx, "add_user", "ü"))
	must(t, pub.Call(ctx, "cancel"))
	wantCode(t, pub.Call(ctx, "f", zmq.Kwargs{"a": 1}), core.Invalid)
	wantCode(t, pub.Call(ctx, "f", func() {}), core.Invalid)
	wantCode(t, pub.Call(ctx, ""), core.Invalid)
	if want := `{"funcname":"add_user","args":["ü"]} {"funcname":"cancel","args":[]}`; strings.Join(published, " ") != want {
		t.Errorf("published %s, want %s", published, want)
	}

	u := &users{}
	server, err := zmq.NewPubRPCServer(u, zmq.RPCOptions{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	for _, call := range published {
		must(t, server.Handle(ctx, []byte(call)))
	}
	wantCode(t, server.Handle(ctx, []byte(`{"funcname":"add_user","args":["root"]}`)), core.Denied)
	wantCode(t, server.Handle(ctx, []byte(`{"funcname":"nope"}`)), core.Invalid)
	wantCode(t, server.Handle(ctx, []byte(`12:00`)), core.Protocol)
	if strings.Join(u.log, " ") != "ü" {
		t.Errorf("executed %q", u.log)
	}
	_, err = zmq.NewPubRPCServer(nil, zmq.RPCOptions{})
	wantCode(t, err, core.Invalid)
}

func TestPubRPCServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		u := &users{}
		server, err := zmq.NewPubRPCServer(u, zmq.RPCOptions{Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		served := make(chan error, 1)
		go func() { served <- server.Serve(t.Context(), sub) }()
		l.expect(core.KindSubscribe)
		l.send(message(1, `{"funcname":"add_user","args":["a"]}`), message(1, "not a call"),
			core.Frame{Kind: core.KindGap, Socket: 1, Messages: 1, Code: core.Busy},
			message(1, "topic", `{"funcname":"AddUser","args":["b"]}`))
		synctest.Wait()
		sub.Close()
		wantCode(t, <-served, core.Closed)
		if strings.Join(u.log, " ") != "a b" {
			t.Errorf("executed %q", u.log)
		}
	})
}

func TestCallOfANumberThatJSONDoesNotHave(t *testing.T) {
	for reply, want := range map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)} {
		rpc := zmq.NewRPCClient(answering(func(string) (string, error) { return `{"returnval": ` + reply + `}`, nil }))
		got, err := zmq.Call[float64](t.Context(), rpc, "f")
		if err != nil || got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s came as %v, %v", reply, got, err)
		}
		if _, err := zmq.Call[int](t.Context(), rpc, "f"); core.CodeOf(err) != core.Protocol || !strings.Contains(err.Error(), "NaN") {
			t.Errorf("%s as an int: %v", reply, err)
		}
	}
}
