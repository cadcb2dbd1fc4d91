package zmq_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// sends calls Send in a goroutine of its own, which ends with the call.
func sends(ctx context.Context, s *zmq.Socket, parts ...string) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Send(ctx, text(parts...)...) }()
	return done
}

// TestSendWaits checks that a socket without credit queues as many messages as its HWM, and that Send waits after that.
func TestSendWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, push, l := connected(t, zmq.PUSH, zmq.Options{HWM: 2})
		l.grant(1, 1, 100)
		synctest.Wait()
		for _, word := range []string{"granted", "queued", "queued too"} {
			must(t, push.Send(t.Context(), []byte(word)))
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantCode(t, push.Send(short, []byte("given up")), core.Timeout)
		waiting := sends(t.Context(), push, "waited")
		synctest.Wait()
		select {
		case err := <-waiting:
			t.Fatalf("Send did not wait: %v", err)
		default:
		}
		l.grant(1, 10, 100)
		must(t, <-waiting)
		for _, want := range []string{"granted", "queued", "queued too", "waited"} {
			if _, parts := l.message(core.KindMessage); !slices.Equal(parts, []string{want}) {
				t.Errorf("sent %q, want %q", parts, want)
			}
		}
	})
}

func TestSendEndsWithTheSocket(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*zmq.Context, *zmq.Socket, *link)
		want core.Code
	}{
		"closed here":      {func(_ *zmq.Context, s *zmq.Socket, _ *link) { s.Close() }, core.Closed},
		"Context closed":   {func(c *zmq.Context, _ *zmq.Socket, _ *link) { c.Close() }, core.Closed},
		"connection ended": {func(_ *zmq.Context, _ *zmq.Socket, l *link) { l.conn.Close(core.CloseDenied, "no") }, core.Denied},
		"refused": {func(_ *zmq.Context, _ *zmq.Socket, l *link) {
			l.send(core.Frame{Kind: core.KindRefused, Socket: 1, ID: 1, Code: core.Busy})
		}, core.Busy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, push, l := connected(t, zmq.PUSH, zmq.Options{HWM: 1})
				must(t, push.Send(t.Context(), []byte("queued")))
				waiting := sends(t.Context(), push, "waiting")
				synctest.Wait()
				tt.end(c, push, l)
				wantCode(t, <-waiting, tt.want)
			})
		})
	}
}

// TestSendTellsOfALoss checks that Send reports a loss, because a socket that does not receive has no other place for it. It
// reports nothing if no message was sent since the last time.
func TestSendTellsOfALoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		used, idle := c.Socket(zmq.PUSH), c.Socket(zmq.PUSH)
		must(t, used.Connect("sink", nil))
		must(t, idle.Connect("sink", nil))
		again := func() *link {
			l := b.welcome()
			l.open()
			l.open()
			l.grant(1, 10, 100)
			l.grant(2, 10, 100)
			synctest.Wait()
			return l
		}
		l := again()
		must(t, used.Send(t.Context(), []byte("1")))
		l.expect(core.KindMessage)
		l.conn.Drop()
		again()
		must(t, idle.Send(t.Context(), []byte("first")))
		var gap *zmq.GapError
		if err := used.Send(t.Context(), []byte("2")); !errors.As(err, &gap) || gap.Code != core.Lost {
			t.Errorf("got %v, want a gap", err)
		}
		must(t, used.Send(t.Context(), []byte("2")))
	})
}
