package zmq_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// bound makes a REP socket for which the bridge listens.
func bound(t *testing.T, opts zmq.SocketOptions) (*bridge, *zmq.Socket, *link, core.Frame) {
	t.Helper()
	b := newBridge(t)
	c := b.context(zmq.Options{})
	rep := c.SocketWith(zmq.REP, opts)
	must(t, rep.Bind("tcp://127.0.0.1:10003", map[string]string{"username": "hugo"}))
	l := b.welcome()
	return b, rep, l, l.open()
}

func asks(id uint64, parts ...string) core.Frame {
	return core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Parts: text(parts...)}
}

func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, rep, l, open := bound(t, zmq.SocketOptions{})
		if open.Flags != core.FlagBind || rep.Identity() == "" || string(open.Name) != rep.Identity() {
			t.Errorf("opened with flags %d as %q, the socket is %q", open.Flags, open.Name, rep.Identity())
		}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() {
			served <- rep.Serve(ctx, func(_ context.Context, m zmq.Message) (zmq.Message, error) {
				return zmq.Message{[]byte("re"), m[0]}, nil
			})
		}()
		l.send(asks(1, "a"), asks(2, "b"))
		for _, want := range []string{"a", "b"} {
			f, parts := l.message(core.KindReply)
			if parts[1] != want || f.ID == 0 {
				t.Errorf("request %d got %q", f.ID, parts)
			}
		}
		l.conn.Drop() // Serve goes on after it
		l = b.welcome()
		l.open()
		l.send(asks(1, "c"))
		if _, parts := l.message(core.KindReply); parts[1] != "c" {
			t.Errorf("got %q", parts)
		}
		cancel()
		err := <-served
		wantCode(t, err, core.Canceled)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is not context.Canceled", err)
		}
	})
}

func TestServeEndsWithTheErrorOfTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, rep, l, _ := bound(t, zmq.SocketOptions{Identity: "page-7"})
		if rep.Identity() != "page-7" {
			t.Errorf("the identity is %q", rep.Identity())
		}
		l.send(asks(1, "a"))
		broken := core.NewError(core.Lost, "a service of its own")
		err := rep.Serve(t.Context(), func(context.Context, zmq.Message) (zmq.Message, error) { return nil, broken })
		if !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

// TestReplyToALostConnection checks that a late answer does not reach another request. The bridge's numbers of requests begin
// anew with every session, so two requests may have the same number.
func TestReplyToALostConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, rep, l, _ := bound(t, zmq.SocketOptions{})
		l.send(asks(1, "old"), asks(2, "old, never taken"))
		var old *zmq.Request
		for r, err := range rep.Requests(t.Context()) {
			must(t, err)
			old = r
			break
		}
		l.conn.Drop()
		l = b.welcome()
		l.open()
		l.send(asks(1, "new"))
		wantCode(t, old.Reply(t.Context(), []byte("for the old one")), core.Lost)
		for r, err := range rep.Requests(t.Context()) {
			must(t, err)
			wantWords(t, r.Parts, "new")
			must(t, r.Reply(t.Context(), []byte("for the new one")))
			wantCode(t, r.Reply(t.Context(), []byte("twice")), core.Lost)
			break
		}
		if _, parts := l.message(core.KindReply); parts[0] != "for the new one" {
			t.Errorf("got %q", parts)
		}
	})
}

func TestRPCServerOnASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, rep, l, _ := bound(t, zmq.SocketOptions{})
		s, err := zmq.NewRPCServer(large{}, zmq.RPCOptions{})
		must(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx, rep) }()
		for call, want := range map[string]string{
			`{"funcname":"text","args":[3]}`:        `{"returnval":"xxx"}`,
			`{"funcname":"text","args":[20000000]}`: `{"status":"error","error_msg":"the returned value is too large"}`,
			`nonsense`:                              `{"status":"error","error_msg":"malformed RPC call at byte 0"}`,
		} {
			l.send(asks(1, call))
			if _, parts := l.message(core.KindReply); parts[0] != want {
				t.Errorf("%s: got %s, want %s", call, parts[0], want)
			}
		}
		cancel()
		wantCode(t, <-served, core.Canceled)
	})
}

type large struct{}

func (large) Text(n int) string { return strings.Repeat("x", n) }
