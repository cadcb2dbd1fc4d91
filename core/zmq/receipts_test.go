package zmq_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// begin takes the next connection of a client, which begins a session, with credit for the socket that it opens.
func (b *bridge) begin(credit uint64) *link {
	b.t.Helper()
	l := b.accept()
	l.session.Keep([]byte("token"), time.Minute, core.Lost)
	l.session.Welcome()
	l.flush()
	f := l.open()
	l.send(core.Frame{Kind: core.KindCredit, Socket: f.Socket, Messages: credit, Bytes: 1 << 20})
	return l
}

// TestPushesOfLostSessions: the next Send tells how many messages may be lost, of all sessions that were lost since the last one together; or
// they are sent again, which an event tells.
func TestPushesOfLostSessions(t *testing.T) {
	for _, idempotent := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBridge(t)
			c := b.context(zmq.Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			events := c.Events(ctx)
			again := make(chan uint64, 10)
			go func() { // ends with the context
				for e := range events {
					if e.Kind == zmq.EventRecovered {
						again <- e.Missed
					}
				}
			}()
			push := c.SocketWith(zmq.PUSH, zmq.SocketOptions{Idempotent: idempotent})
			must(t, push.Connect("jobs", nil))
			l := b.begin(3)
			synctest.Wait()
			for _, job := range []string{"1", "2", "3", "4"} { // the last one waits for credit
				must(t, push.Send(ctx, []byte(job)))
			}
			for range 3 {
				l.expect(core.KindMessage)
			}
			l.send(core.Frame{Kind: core.KindLeft, Socket: 1, ID: 2, Messages: 1})
			synctest.Wait()
			l.conn.Drop()
			l = b.begin(2)
			l.expect(core.KindMessage) // 4, unless 1 and 3 come first
			if idempotent {
				l.expect(core.KindMessage)
			}
			synctest.Wait()
			l.conn.Drop()
			b.begin(10)
			synctest.Wait()
			err := push.Send(ctx, []byte("5"))
			if idempotent {
				if first, second := <-again, <-again; err != nil || first != 2 || second != 2 {
					t.Errorf("%v, and %d and %d were sent again", err, first, second)
				}
				return
			}
			var gap *zmq.GapError
			if !errors.As(err, &gap) || gap.Missed != 3 || gap.Code != core.Lost {
				t.Errorf("got %v", err)
			}
			must(t, push.Send(ctx, []byte("5")))
		})
	}
}
