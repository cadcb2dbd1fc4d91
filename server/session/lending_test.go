package session_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// lender is a togetherConn that lends. Nothing is left of what is given back.
type lender struct {
	*togetherConn
	lent  [][]byte // a copy of the list
	list  [][]byte // which is lent, too
	loans atomic.Int32
}

func (c *lender) Lend(ctx context.Context) ([][]byte, bool, error) {
	batches, err := c.ReadTogether(ctx)
	c.loans.Add(1)
	c.lent, c.list = slices.Clone(batches), batches
	return batches, true, err
}

func (c *lender) Return() {
	for _, batch := range c.lent {
		for i := range batch {
			batch[i] = 0xaa
		}
	}
	clear(c.list)
	c.lent, c.list = nil, nil
}

// keeper is a socket that takes requests, and keeps other frames for as long as it likes.
type keeper struct {
	*sockets
	handle *session.Handle
	kept   chan core.Frame
	asked  chan string // bodies of requests, and "pass"
	pinned chan bool   // what a request's body is said to pin
	pass   func()

	refusal error // of the next requests
}

// Gatherer says that the socket itself gathers.
func (k *keeper) Gatherer() session.Gatherer { return k }

func (k *keeper) Gather(r *core.Request, _ time.Time) (bool, error) {
	k.pinned <- k.handle.Pins(len(r.Body))
	k.asked <- string(r.Body)
	return true, k.refusal
}

func (k *keeper) Settle() {}

func (k *keeper) Pass() {
	pass := k.pass
	if k.asked <- "pass"; pass != nil {
		pass()
	}
}

func (k *keeper) Handle(f *core.Frame) error {
	k.asked <- f.Kind.String()
	k.kept <- *f
	return nil
}

// serveLending is a client that has sent requests alone once, so that what it sends next is lent, so many messages at a time.
func serveLending(t *testing.T, enough int) (c *lender, k *keeper, bridge *sessiontest.Bridge) {
	t.Helper()
	k = &keeper{sockets: newSockets(), kept: make(chan core.Frame, 1000), asked: make(chan string, 1000), pinned: make(chan bool, 1000)}
	c = &lender{togetherConn: &togetherConn{Client: sessiontest.New(t), enough: enough}}
	bridge = sessiontest.NewBridge(t, func(h *session.Handle, _ *core.Frame) session.Socket {
		k.handle = h
		return k
	})
	go bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
	for range enough - 1 {
		c.Send(core.Frame{Kind: core.KindPong})
	}
	k.expect(t, "Open")
	if <-k.kept; c.loans.Load() > 0 {
		t.Error("what has come first is lent")
	}
	for range enough {
		c.Send(asks("first"))
	}
	k.expect(t, append(slices.Repeat([]string{string(asks("first").Body)}, enough), "pass")...)
	for range enough {
		if <-k.pinned {
			t.Error("a message that may be kept is said not to last")
		}
	}
	return c, k, bridge
}

func asks(body string) core.Frame {
	return core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Body: core.EncodeBody(core.Message{[]byte(body)})}
}

func says(body string) core.Frame {
	return core.Frame{Kind: core.KindMessage, Socket: 1, Body: core.EncodeBody(core.Message{[]byte(body)})}
}

// expect says what the socket is told next.
func (k *keeper) expect(t *testing.T, want ...string) {
	t.Helper()
	for i, w := range want {
		select {
		case got := <-k.asked:
			if got != w {
				t.Fatalf("told %q, want %q, which is number %d", got, w, i)
			}
		case <-time.After(sessiontest.Patience):
			t.Fatalf("waited for %q", w)
		}
	}
}

// TestLentRequestsAndOthers: all is handled in its order, requests where they have arrived, and what is not a request may be kept.
func TestLentRequestsAndOthers(t *testing.T) {
	c, k, _ := serveLending(t, 3)
	long := string(make([]byte, 3000))
	c.Send(asks("a"), asks("b"))
	c.Send(asks("c"), says("m"), asks("d"))
	c.Send(says("n"), says(long))
	body := func(s string) string { return string(asks(s).Body) }
	k.expect(t, body("a"), body("b"), body("c"), "pass", "Message", body("d"), "pass", "Message", "Message")
	for _, id := range []string{"m", "n", long} {
		if f := <-k.kept; string(f.Body) != string(says(id).Body) {
			t.Errorf("%.10q has become %.10q", says(id).Body, f.Body)
		}
	}
	for i, want := range []bool{true, true, true, false} {
		if got := <-k.pinned; got != want {
			t.Errorf("request %d: it does not last: %v", i, got)
		}
	}
	if n := c.loans.Load(); n != 1 {
		t.Errorf("%d loans", n)
	}
	for range 3 {
		c.Send(asks("e")) // is kept, because others came before
	}
	k.expect(t, body("e"), body("e"), body("e"), "pass")
	for range 3 {
		c.Send(asks("f"))
	}
	k.expect(t, body("f"), body("f"), body("f"), "pass")
	if n := c.loans.Load(); n != 2 {
		t.Errorf("%d loans", n)
	}
}

// TestEmptyAmongLent: a message without a frame ends the session, as ever.
func TestEmptyAmongLent(t *testing.T) {
	c, k, _ := serveLending(t, 3)
	c.Send(asks("a"))
	c.Send()
	c.Send(asks("b"))
	k.expect(t, string(asks("a").Body), "pass")
	if code := c.AwaitClose(); code != core.CloseMalformed {
		t.Errorf("closed with %d", code)
	}
}

// TestLentBehindTheEnd: nothing is handled any more when the line is about to end, which may be while requests are passed on.
func TestLentBehindTheEnd(t *testing.T) {
	c, k, bridge := serveLending(t, 2)
	closed := make(chan core.CloseCode, 1)
	k.pass = func() {
		k.pass = nil
		go bridge.Close()
		closed <- c.AwaitClose()
	}
	var many []core.Frame
	for range session.MaxGathered {
		many = append(many, asks("a"))
	}
	c.Send(many...)
	c.Send(asks("b"))
	if code := <-closed; code != core.CloseGoingAway {
		t.Errorf("closed with %d", code)
	}
	bridge.Close()
	if n := len(k.asked); n != session.MaxGathered+1 {
		t.Errorf("told %d things", n)
	}
}

// TestBytesOfWhatIsLent count, as those of any other message do, though nothing is left of them when it is given back.
func TestBytesOfWhatIsLent(t *testing.T) {
	c, _, bridge := serveLending(t, 1)
	bridge.Limit(session.Limits{MaxConnections: 100, MaxSockets: 2000, MaxQueued: 64 << 20, Memory: 1 << 30, MaxMessage: 1 << 20, ByteRate: 1000})
	c.Send(asks(string(make([]byte, 30_000))))
	if code := c.AwaitClose(); code != core.CloseOverloaded {
		t.Errorf("closed with %d", code)
	}
}
