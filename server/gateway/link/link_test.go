package link

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// newTestLink starts a link, as a DEALER, that does nothing with its connections. It is stopped with the test.
func newTestLink(t *testing.T, c Config, ep core.Endpoint) *Link {
	t.Helper()
	c = c.WithDefaults()
	l := New(&c, new(Counters), ep, zmtp.Self{Type: core.DEALER, Limits: c.Limits}, Role{
		Serve: func(ctx context.Context, c *zmtp.Conn) error {
			c.Out = zmtp.Wakeups()
			c.OnMessage = func(core.Message) error { return nil }
			return c.Run(ctx)
		},
		Down: func(error) {},
	})
	l.Start()
	t.Cleanup(func() {
		l.Stop()
		l.Join()
	})
	return l
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dials := make(chan time.Time, 100)
		backend := make(Pipes)
		var answer atomic.Bool
		c := Config{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials <- time.Now()
			if answer.Load() {
				return backend.Dial(ctx, network, address)
			}
			return nil, syscall.ECONNREFUSED
		}}
		newTestLink(t, c, Somewhere)

		last := <-dials
		for want := 50 * time.Millisecond; want < 20*time.Second; want *= 2 {
			next := <-dials
			if got, limit := next.Sub(last), min(want, 5*time.Second); got < limit/2 || got > limit {
				t.Fatalf("waited %v, want between %v and %v", got, limit/2, limit)
			}
			last = next
		}

		answer.Store(true)
		<-dials
		p := backend.Accept(t)
		p.Meet(1, "REP")
		time.Sleep(4 * time.Second) // of fake time; less than an interval of the heartbeat
		p.Say(Command("PONG"))
		time.Sleep(2 * time.Second)
		p.Close()
		answer.Store(false)
		synctest.Wait()
		lost := time.Now()
		if got := (<-dials).Sub(lost); got > 50*time.Millisecond {
			t.Errorf("redialled %v after a long life", got)
		}
	})
}

// TestSomebodyNew is not told what was found seconds ago: the backend is dialled at once, but not more often than that.
func TestSomebodyNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var dials atomic.Int64
		backend := make(Pipes)
		var answer atomic.Bool
		l := newTestLink(t, Config{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials.Add(1)
			if answer.Load() {
				return backend.Dial(ctx, network, address)
			}
			return nil, syscall.ECONNREFUSED
		}}, Somewhere)
		first := NewEvents()
		defer l.Status().Watch(first)()
		time.Sleep(time.Minute)
		first.Wait(t, "down")

		before, begun := dials.Load(), time.Now()
		for range 100 {
			late := NewEvents()
			defer l.Status().Watch(late)()
			late.Wait(t, "down")
			time.Sleep(10 * time.Millisecond)
		}
		took := time.Since(begun)
		if n := dials.Load() - before; n < 4 || n > int64(took/hurriedAfter)+1 {
			t.Errorf("%d dials in %v", n, took)
		}

		time.Sleep(20 * time.Second)
		answer.Store(true)
		begun = time.Now()
		go func() { backend.Accept(t).Meet(1, "REP") }()
		late := NewEvents()
		defer l.Status().Watch(late)()
		if known, reason := l.Status().Get(); known {
			t.Errorf("it is known, without a dial, that %v", reason)
		}
		if got := <-late; got != "up" || time.Since(begun) > hurriedAfter {
			t.Errorf("%q after %v", got, time.Since(begun))
		}
		if got := <-first; got != "up" || len(first) > 0 {
			t.Errorf("who was there before is told %q, and more: %d", got, len(first))
		}
	})
}

// TestSomebodyNewAtTheEnd: who waits for a dial that there is not going to be is told.
func TestSomebodyNewAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLink(t, Config{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }}, Somewhere)
		time.Sleep(time.Minute)
		one, two := NewEvents(), NewEvents()
		defer l.Status().Watch(one)()
		one.Wait(t, "down")
		defer l.Status().Watch(two)() // is to wait for a moment
		l.Stop()
		two.Wait(t, "down")
	})
}

func TestSilentPeerIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		l := newTestLink(t, Config{Dial: backend.Dial}, Somewhere)
		watched := NewEvents()
		defer l.Status().Watch(watched)()
		p := backend.Accept(t)
		p.Meet(1, "REP")
		if got := <-watched; got != "up" {
			t.Fatal(got)
		}

		// A peer that answers lives.
		for range 10 {
			p.AwaitPing()
			p.Say(Command("PONG"))
		}
		synctest.Wait()
		last := time.Now()
		p.AwaitPing()
		p.AwaitPing()
		if got := <-watched; !strings.Contains(got, "silent") {
			t.Error(got)
		}
		if after := time.Since(last); after < 15*time.Second || after > 20*time.Second {
			t.Errorf("dropped %v after the last sign of life", after)
		}
	})
}

// TestFailedDialsLeakNothing counts file descriptors over 200 handshakes that fail.
func TestFailedDialsLeakNothing(t *testing.T) {
	l := ListenLocal(t)
	before := OpenFiles(t)
	dials := newTestLink(t, Config{BackoffMin: 1, BackoffMax: 1}, EndpointOf(l.Addr()))
	for range 200 {
		p := AcceptPeer(t, l)
		p.Say([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		p.HungUp()
		p.Close()
	}
	dials.Stop()
	dials.Join()
	if after := OpenFiles(t); after > before {
		t.Errorf("%d files open before, %d after", before, after)
	}
}
