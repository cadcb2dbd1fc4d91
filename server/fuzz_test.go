package server

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/legacy"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// scripted is a connection whose client says what it is told to and reads everything.
type scripted struct {
	messages [][]byte
	closed   chan struct{}
	code     core.CloseCode
}

func (c *scripted) Read(ctx context.Context) ([]byte, error) {
	if len(c.messages) > 0 {
		m := c.messages[0]
		c.messages = c.messages[1:]
		return m, nil
	}
	return nil, core.NewCloseError(core.CloseNormal, "")
}

func (c *scripted) Write(context.Context, []byte) error { return nil }

func (c *scripted) Close(code core.CloseCode, _ string) error {
	c.code = code
	close(c.closed)
	return nil
}

func (c *scripted) Drop() error { return nil }

func (c *scripted) Bound(int, time.Duration, func(int) error) {}

// ReadEither, Send, Ping and Ponged are what a WebSocket has besides, for who speaks a dialect.
func (c *scripted) ReadEither(ctx context.Context) ([]byte, bool, error) {
	m, err := c.Read(ctx)
	return m, len(c.messages)%2 == 0, err
}

func (c *scripted) Send(bool, [][]byte, time.Duration) error { return nil }

func (c *scripted) Ping() error { return nil }

func (c *scripted) Ponged() bool { return true }

// play runs a connection to its end.
func play(b *Bridge, wrap func(*scripted) session.Conn, messages ...[]byte) core.CloseCode {
	c := &scripted{messages: messages, closed: make(chan struct{})}
	b.sessions.Serve(wrap(c), httptest.NewRequest("GET", "/data", nil), access.ByClient, true)
	<-c.closed
	return c.code
}

// FuzzSession: whatever a client sends after its Hello, the session ends with a code of the protocol and takes nothing along.
func FuzzSession(f *testing.F) {
	frame := func(fr core.Frame) []byte { return core.AppendFrame(nil, &fr) }
	f.Add([]byte{})
	f.Add(frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Messages: 9, Bytes: 9, Text: []byte("tcp://127.0.0.1:1")}))
	f.Add(append(frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")}),
		frame(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("x")})...))
	f.Add(append(frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")}),
		frame(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Parts: core.Message{[]byte("x"), nil}})...))
	f.Add(append(frame(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REP, Flags: core.FlagBind, Text: []byte("tcp://127.0.0.1:1")}),
		frame(core.Frame{Kind: core.KindReply, Socket: 1, ID: 1, Parts: core.Message{nil}})...))
	b := New(allowAll(Config{Log: quiet, ZMQAllowed: func(_ context.Context, a Access) error {
		if a.Bind || a.Endpoint.String() != "tcp://127.0.0.1:1" {
			return core.NewError(core.Denied, "no") // the fuzzer must not find its way to anybody
		}
		return nil
	}}))
	f.Cleanup(b.Close)
	hello := frame(core.Frame{Kind: core.KindHello, Version: 1, Limit: 1 << 20})
	f.Fuzz(func(t *testing.T, batch []byte) {
		code := play(b, func(c *scripted) session.Conn { return c }, hello, batch)
		if code != core.CloseNormal && (code < 4000 || code > 4999) {
			t.Errorf("closed with %d", code)
		}
		if code == core.CloseInternal {
			t.Error("the bridge blames itself")
		}
	})
}

// FuzzOldPage: the same for the texts of a client of 2012.
func FuzzOldPage(f *testing.F) {
	for _, text := range []string{
		`{"identity":"A","msg_type":"connect","content":"{\"zmq_conn_string\":\"tcp://127.0.0.1:1\",\"socket_type\":3}"}`,
		`{"identity":"A","msg_type":"userlevel","content":"x"}`, `{"identity":"A","msg_type":"connect","content":"[]"}`, `[]`, ``, `{"identity":7}`,
	} {
		f.Add(text, text)
	}
	b := New(Config{Log: quiet})
	f.Cleanup(b.Close)
	f.Fuzz(func(t *testing.T, first, second string) {
		code := play(b, func(c *scripted) session.Conn { return legacy.New(c, legacy.Config{}) }, []byte(first), []byte(second))
		if code == core.CloseInternal {
			t.Error("the bridge blames itself")
		}
	})
}
