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

// What was sent before Close leaves, although there was no credit for it and the connection ends.
func TestCloseLingers(t *testing.T) {
	for name, end := range map[string]func(*zmq.Context, *zmq.Socket){
		"the socket":  func(_ *zmq.Context, s *zmq.Socket) { s.Close() },
		"the context": func(c *zmq.Context, _ *zmq.Socket) { go c.Close() },
		"both":        func(c *zmq.Context, s *zmq.Socket) { s.Close(); go c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, push, l := connected(t, zmq.PUSH, zmq.Options{})
				must(t, push.Send(t.Context(), []byte("a")))
				must(t, push.Send(t.Context(), []byte("b")))
				end(c, push)
				synctest.Wait()
				wantCode(t, push.Send(t.Context(), []byte("late")), core.Closed)
				time.Sleep(500 * time.Millisecond)
				l.grant(1, 10, 1000)
				for _, want := range []string{"a", "b"} {
					if _, got := l.message(core.KindMessage); got[0] != want {
						t.Errorf("%q, want %q", got, want)
					}
				}
				l.expect(core.KindClose)
				l.send(core.Frame{Kind: core.KindClosed, Socket: 1, Code: core.Closed})
				c.Close()
			})
		})
	}
}

func TestShutdown(t *testing.T) {
	shutdown := func(t *testing.T, s *zmq.Socket, within time.Duration) func() (uint64, error) {
		type result struct {
			unpassed uint64
			err      error
		}
		done := make(chan result, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), within)
			defer cancel()
			unpassed, err := s.Shutdown(ctx)
			done <- result{unpassed, err}
		}()
		synctest.Wait()
		return func() (uint64, error) { r := <-done; return r.unpassed, r.err }
	}
	t.Run("the bridge tells how many messages were not passed on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, push, l := connected(t, zmq.PUSH, zmq.Options{})
			l.grant(1, 10, 1000)
			synctest.Wait()
			must(t, push.Send(t.Context(), []byte("a")))
			result := shutdown(t, push, 5*time.Second)
			l.expect(core.KindMessage)
			if f := l.expect(core.KindClose); f.Millis != 4500 {
				t.Errorf("the bridge goes on for %d ms", f.Millis)
			}
			l.send(core.Frame{Kind: core.KindClosed, Socket: 1, Code: core.Closed, Messages: 1})
			if unpassed, err := result(); unpassed != 1 || err != nil {
				t.Errorf("%d, %v", unpassed, err)
			}
			_, err := push.Shutdown(t.Context())
			wantCode(t, err, core.Closed)
		})
	})
	t.Run("the bridge tells it when its time is over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, push, l := connected(t, zmq.PUSH, zmq.Options{})
			l.grant(1, 10, 1000)
			synctest.Wait()
			must(t, push.Send(t.Context(), []byte("a")))
			result := shutdown(t, push, time.Second)
			l.expect(core.KindMessage)
			time.Sleep(time.Duration(l.expect(core.KindClose).Millis) * time.Millisecond)
			l.send(core.Frame{Kind: core.KindClosed, Socket: 1, Code: core.Closed, Messages: 1})
			if unpassed, err := result(); unpassed != 1 || err != nil {
				t.Errorf("%d, %v", unpassed, err)
			}
		})
	})
	t.Run("messages were lost with a session, and no Send has told it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBridge(t)
			push := b.context(zmq.Options{}).Socket(zmq.PUSH)
			must(t, push.Connect("tcp://a:1", nil))
			again := func() *link {
				l := b.welcome()
				l.open()
				l.grant(1, 10, 100)
				synctest.Wait()
				return l
			}
			l := again()
			must(t, push.Send(t.Context(), []byte("a")))
			l.expect(core.KindMessage)
			l.conn.Drop()
			again()
			var gap *zmq.GapError
			if unpassed, err := shutdown(t, push, time.Second)(); unpassed != 0 || !errors.As(err, &gap) {
				t.Errorf("%d, %v", unpassed, err)
			}
		})
	})
	t.Run("there is no credit in time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, push, _ := connected(t, zmq.PUSH, zmq.Options{})
			must(t, push.Send(t.Context(), []byte("a")))
			if unpassed, err := shutdown(t, push, time.Second)(); unpassed != 1 || err != nil {
				t.Errorf("%d, %v", unpassed, err)
			}
		})
	})
	t.Run("nothing was sent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, sub, _ := connected(t, zmq.SUB, zmq.Options{})
			start := time.Now()
			if unpassed, err := shutdown(t, sub, time.Second)(); unpassed != 0 || err != nil || time.Since(start) > 0 {
				t.Errorf("%d, %v, after %v", unpassed, err, time.Since(start))
			}
		})
	})
}

func TestDisconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		must(t, sub.Connect("other", nil))
		l.open()
		done := make(chan error, 1)
		go func() { done <- sub.Disconnect(t.Context(), "tcp://127.0.0.1:1") }()
		f := l.expect(core.KindDisconnect)
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatal("it did not wait:", err)
		default:
		}
		l.send(core.Frame{Kind: core.KindState, Socket: 1, ID: f.ID, Code: core.Unavailable},
			core.Frame{Kind: core.KindDisconnected, Socket: 1, ID: f.ID})
		must(t, <-done)
		wantCode(t, sub.Disconnect(t.Context(), "tcp://127.0.0.1:1"), core.Invalid)
		wantCode(t, sub.Unbind(t.Context(), "other"), core.Invalid)
	})
}
