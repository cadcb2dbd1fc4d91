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

// keep takes the next connection of a client and welcomes it to a session that the bridge keeps.
func (b *bridge) keep() *link {
	b.t.Helper()
	l := b.accept()
	l.session.Keep([]byte("token 1"), time.Minute, core.OK)
	l.session.Welcome()
	l.flush()
	return l
}

// resume takes the next connection of a client and resumes the session of an earlier connection on it.
func (b *bridge) resume(old *link, token string) *link {
	b.t.Helper()
	l := <-b.links
	hello := l.expect(core.KindHello)
	if string(hello.Name) != token {
		b.t.Fatalf("the client presented %q, want %q", hello.Name, token)
	}
	l.session, l.start = old.session, old.start
	l.session.Cut()
	if err := l.session.Resume(&hello, []byte("token 2"), l.now()); err != nil {
		b.t.Fatal(err)
	}
	l.flush()
	return l
}

// kinds collects the kinds of a Context's events in a goroutine of its own.
func kinds(ctx context.Context, c *zmq.Context) <-chan string {
	events := make(chan string, 100)
	stream := c.Events(ctx)
	go func() {
		defer close(events)
		for e := range stream {
			events <- e.Kind.String()
		}
	}()
	return events
}

func wantKinds(t *testing.T, events <-chan string, want ...string) {
	t.Helper()
	synctest.Wait()
	var got []string
	for len(events) > 0 {
		got = append(got, <-events)
	}
	if !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// TestResume checks that sockets do not notice a cut after which the session is resumed: what was pending ends well, and what
// was live stays live.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := kinds(ctx, c)
		req, sub := c.Socket(zmq.REQ), c.Socket(zmq.SUB)
		must(t, req.Connect("backend", nil))
		must(t, sub.Connect("feed", nil))
		must(t, sub.Subscribe(""))
		l := b.keep()
		l.open()
		l.open()
		s := l.expect(core.KindSubscribe)
		l.send(core.Frame{Kind: core.KindSubscribed, Socket: s.Socket, ID: s.ID})
		answer := request(ctx, req, "question")
		asked := l.expect(core.KindRequest)
		must(t, sub.Ready(ctx))

		l.conn.Drop()
		synctest.Wait()
		if state := c.Status().State; state != zmq.Reconnecting {
			t.Errorf("the state is %v", state)
		}
		must(t, sub.Ready(ctx)) // nothing has happened
		meanwhile := request(ctx, req, "asked while it was cut")
		reply := core.Frame{Kind: core.KindReply, Socket: asked.Socket, ID: asked.ID, Parts: text("answer")}
		must(t, l.session.Append(&reply)) // the reply came while the client was away

		l = b.resume(l, "token 1")
		if got := <-answer; got.err != nil || string(got.reply[0]) != "answer" {
			t.Errorf("got %v, %v", got.reply, got.err)
		}
		f, words := l.message(core.KindRequest)
		if words[0] != "asked while it was cut" {
			t.Errorf("then the client asked %q", words)
		}
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("too")})
		if got := <-meanwhile; got.err != nil {
			t.Errorf("got %v", got.err)
		}
		wantKinds(t, events, "connected", "reconnecting", "connected", "resumed")
	})
}

// TestResumeRefused checks what happens when the bridge has forgotten the session: requests that were sent, and that may not
// be sent again, fail.
func TestResumeRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := kinds(ctx, c)
		once, again := c.Socket(zmq.REQ), c.SocketWith(zmq.REQ, zmq.SocketOptions{Idempotent: true})
		must(t, once.Connect("backend", nil))
		must(t, again.Connect("backend", nil))
		l := b.keep()
		l.open()
		l.open()
		first := request(ctx, once, "once")
		l.expect(core.KindRequest)
		second := request(ctx, again, "again")
		l.expect(core.KindRequest)

		l.conn.Drop()
		l = b.accept()
		l.session.Keep([]byte("another"), time.Minute, core.Lost)
		l.session.Welcome()
		l.flush()
		if got := <-first; core.CodeOf(got.err) != core.Lost {
			t.Errorf("got %v", got.err)
		}
		l.open()
		l.open()
		f, words := l.message(core.KindRequest)
		if words[0] != "again" {
			t.Errorf("the client sent %q again", words)
		}
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("answer")})
		if got := <-second; got.err != nil {
			t.Errorf("got %v", got.err)
		}
		wantKinds(t, events, "connected", "reconnecting", "reset", "connected")
	})
}

// TestResumeExpires checks that a client gives up its session when the bridge stays away for longer than it keeps sessions.
func TestResumeExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{RequestTimeout: time.Hour})
		req := c.Socket(zmq.REQ)
		must(t, req.Connect("backend", nil))
		l := b.keep()
		l.open()
		answer := request(t.Context(), req, "q")
		l.expect(core.KindRequest)
		b.away.Store(true)
		began := time.Now()
		l.conn.Drop()
		if got := <-answer; core.CodeOf(got.err) != core.Lost {
			t.Errorf("got %v", got.err)
		}
		if took := time.Since(began); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("failed after %v", took)
		}
	})
}

// TestLeaving checks that a client that is asked to leave waits for its answers, begins nothing new, and leaves in time.
func TestLeaving(t *testing.T) {
	for name, answered := range map[string]bool{"when its answer has come": true, "when the time is over": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBridge(t)
				c := b.context(zmq.Options{RequestTimeout: time.Hour})
				req := c.Socket(zmq.REQ)
				must(t, req.Connect("backend", nil))
				l := b.keep()
				l.open()
				answer := request(t.Context(), req, "q")
				asked := l.expect(core.KindRequest)
				l.session.GoAway(10*time.Second, "maintenance")
				l.flush()
				synctest.Wait()
				began := time.Now()
				later := request(t.Context(), req, "later") // it is sent to the next bridge only
				if answered {
					time.Sleep(6 * time.Second)
					l.send(core.Frame{Kind: core.KindReply, Socket: asked.Socket, ID: asked.ID, Parts: text("a")})
				}
				_, err := l.conn.Read(t.Context())
				for err == nil {
					_, err = l.conn.Read(t.Context())
				}
				var closed *core.CloseError
				if !errors.As(err, &closed) || closed.Close != core.CloseGoingAway {
					t.Errorf("the client left with %v", err)
				}
				want := 6 * time.Second
				if !answered {
					want = 9 * time.Second
				}
				if took := time.Since(began); took < want || took > want+time.Second {
					t.Errorf("it left after %v, want %v", took, want)
				}
				l = b.welcome() // another bridge, which does not know the session
				if got := <-answer; answered == (got.err != nil) {
					t.Errorf("the answer: %v", got.err)
				}
				l.open()
				f := l.expect(core.KindRequest)
				l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("b")})
				if got := <-later; got.err != nil {
					t.Errorf("what was asked meanwhile: %v", got.err)
				}
			})
		})
	}
}

// TestTurnedAway checks that a client that was turned away does not connect again before the time that the bridge has named.
func TestTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.context(zmq.Options{})
		l := b.accept()
		l.session.GoAway(7*time.Second, "draining")
		l.flush()
		began := time.Now()
		l.conn.Close(core.CloseGoingAway, "draining")
		b.welcome()
		if took := time.Since(began); took < 7*time.Second || took > 10*time.Second {
			t.Errorf("the client came back after %v", took)
		}
	})
}
