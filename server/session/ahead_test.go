package session_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// asker is a client with a REQ, whose session is kept.
func asker(bridge *sessiontest.Bridge, host *sockets, c *cloggedConn) *session.Handle {
	go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, true) // Close waits for it
	c.Await(core.KindWelcome)
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	return <-host.made
}

// TestAcknowledgedAhead: a client acknowledges what is still to be written to it. What it gets is what was meant for it, and not what
// others, or it itself, are sent meanwhile.
func TestAcknowledgedAhead(t *testing.T) {
	host := newSockets()
	bridge := sessiontest.NewBridge(t, host.make)
	liar := &cloggedConn{Client: sessiontest.New(t), cleared: make(chan struct{})}
	other := &cloggedConn{Client: sessiontest.New(t), cleared: make(chan struct{})}
	to, toOther := asker(bridge, host, liar), asker(bridge, host, other)
	const count = 60 // which go with one message
	answer := func(h *session.Handle, with byte) {
		h.Lock()
		defer h.Unlock()
		for range count {
			h.SendLocked(&core.Frame{Kind: core.KindReply, ID: 1, Parts: core.Message{bytes.Repeat([]byte{with}, 1000)}})
		}
	}
	before := liar.tried.Load()
	liar.clogged.Store(true)
	answer(to, 1)
	for liar.tried.Load() == before {
		time.Sleep(time.Millisecond)
	}
	liar.Send(core.Frame{Kind: core.KindAck, Seq: count}, core.Frame{Kind: core.KindOpen, Socket: 2, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	<-host.made // so the bridge has heard it
	answer(to, 3)
	for range 5 {
		answer(toOther, 2)
		for range count {
			other.Await(core.KindReply)
		}
	}
	liar.clogged.Store(false)
	close(liar.cleared)
	for i := range 2 * count {
		with := byte(1)
		if i >= count {
			with = 3
		}
		m, err := liar.Await(core.KindReply).Body.Parts(nil)
		if err != nil || len(m) != 1 || slices.ContainsFunc(m[0], func(b byte) bool { return b != with }) {
			t.Fatalf("answer %d is not what was meant for the client (%v)", i, err)
		}
	}
}
