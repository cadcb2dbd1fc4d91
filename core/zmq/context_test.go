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

func TestWhatIsDoneBeforeTheConnectionWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{Credentials: map[string]string{"token": "t"}})
		sub, req, push := c.Socket(zmq.SUB), c.Socket(zmq.REQ), c.Socket(zmq.PUSH)
		must(t, req.Connect("tcp://127.0.0.1:1", map[string]any{"username": "hugo"}))
		must(t, sub.Connect("ipc:///feed", nil))
		must(t, sub.Subscribe("fx."))
		must(t, push.Connect("sink", nil))
		must(t, push.Send(t.Context(), text("a")...))
		must(t, push.Send(t.Context(), text("b", "")...))
		asked := request(t.Context(), req, "hello")
		synctest.Wait()

		l := <-b.links
		if hello := l.expect(core.KindHello); string(hello.Params) != `{"token":"t"}` {
			t.Errorf("Hello carries %s", hello.Params)
		}
		l.session.Welcome()
		l.flush()
		if open := l.open(); string(open.Text) != "ipc:///feed" || open.Type != core.SUB || len(open.Params) > 0 {
			t.Errorf("got %v %s %s", open.Type, open.Text, open.Params)
		}
		if f := l.expect(core.KindSubscribe); string(f.Name) != "fx." {
			t.Errorf("Subscribe of %q", f.Name)
		}
		if open := l.open(); open.Type != core.REQ || string(open.Params) != `{"username":"hugo"}` {
			t.Errorf("got %v %s", open.Type, open.Params)
		}
		f, parts := l.message(core.KindRequest)
		if !slices.Equal(parts, []string{"hello"}) {
			t.Errorf("the request is %q", parts)
		}
		l.open()
		l.grant(3, 100, 1<<20)
		for _, want := range [][]string{{"a"}, {"b", ""}} {
			if _, parts := l.message(core.KindMessage); !slices.Equal(parts, want) {
				t.Errorf("sent %q, want %q", parts, want)
			}
		}
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("hello", "back")})
		got := <-asked
		must(t, got.err)
		wantWords(t, got.reply, "hello", "back")
	})
}

func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		go b.welcome()
		c, err := zmq.Dial(t.Context(), "ws://bridge/data", zmq.Options{Dial: b.dial})
		must(t, err)
		if status := c.Status(); status.State != zmq.Connected || status.Err != nil {
			t.Errorf("got %v, want open", status)
		}
		c.Close()
		if status := c.Status(); status.State != zmq.Ended {
			t.Errorf("got %v, want ended", status)
		}
	})
}

func TestDialFails(t *testing.T) {
	for name, tt := range map[string]struct {
		url   string
		serve func(*bridge)
		want  core.Code
	}{
		"nobody there":        {"ws://bridge", func(b *bridge) { b.away.Store(true) }, core.Unavailable},
		"no credentials":      {"ws://bridge", func(b *bridge) { go func() { b.accept().conn.Close(core.CloseUnauthorized, "who?") }() }, core.Unauthenticated},
		"not this user":       {"ws://bridge", func(b *bridge) { go func() { b.accept().conn.Close(core.CloseDenied, "no") }() }, core.Denied},
		"another version":     {"ws://bridge", func(b *bridge) { go func() { b.accept().conn.Close(core.CloseVersion, "2") }() }, core.Unsupported},
		"full":                {"ws://bridge", func(b *bridge) { go func() { b.accept().conn.Close(core.CloseOverloaded, "full") }() }, core.Busy},
		"cut off":             {"ws://bridge", func(b *bridge) { go func() { b.accept().conn.Drop() }() }, core.Lost},
		"no word in time":     {"ws://bridge", func(b *bridge) { go b.accept() }, core.Timeout},
		"no scheme":           {"bridge:8000", func(*bridge) {}, core.Invalid},
		"another scheme":      {"tcp://127.0.0.1:8000", func(*bridge) {}, core.Invalid},
		"no host":             {"ws:///data", func(*bridge) {}, core.Invalid},
		"not even an address": {"ws://[::1", func(*bridge) {}, core.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBridge(t)
				tt.serve(b)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := zmq.Dial(ctx, tt.url, zmq.Options{Dial: b.dial})
				wantCode(t, err, tt.want)
				var coded *zmq.Error
				if !errors.As(err, &coded) || coded.Text == "" && tt.want != core.Timeout {
					t.Errorf("%v says nothing", err)
				}
			})
		})
	}
}

func TestCredentialsWithoutJSON(t *testing.T) {
	_, err := zmq.Dial(t.Context(), "ws://bridge", zmq.Options{Credentials: func() {}})
	wantCode(t, err, core.Invalid)
}

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		req, sub := c.Socket(zmq.REQ), c.Socket(zmq.SUB)
		must(t, req.Connect("tcp://127.0.0.1:1", nil))
		must(t, sub.Connect("tcp://127.0.0.1:2", nil))
		must(t, sub.Subscribe("a"))
		l := b.welcome()
		l.open()
		l.open()
		l.expect(core.KindSubscribe)
		sent := request(t.Context(), req, "sent")
		l.expect(core.KindRequest)
		l.send(core.Frame{Kind: core.KindMessage, Socket: 2, Parts: text("a1")})

		l.conn.Drop()
		wantCode(t, (<-sent).err, core.Lost)
		if status := c.Status(); status.State != zmq.Reconnecting || core.CodeOf(status.Err) != core.Lost {
			t.Errorf("got %v, want reconnecting after a loss", status)
		}
		waiting := request(t.Context(), req, "waiting")
		must(t, c.SetCredentials("new"))
		synctest.Wait()

		l = <-b.links
		if hello := l.expect(core.KindHello); string(hello.Params) != `"new"` {
			t.Errorf("Hello carries %s", hello.Params)
		}
		l.session.Welcome()
		l.flush()
		l.open()
		f, parts := l.message(core.KindRequest)
		if !slices.Equal(parts, []string{"waiting"}) {
			t.Errorf("got %q", parts)
		}
		l.open()
		l.expect(core.KindSubscribe)
		l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text("answer")},
			core.Frame{Kind: core.KindMessage, Socket: 2, Parts: text("a2")})
		must(t, (<-waiting).err)

		m, err := sub.Recv(t.Context())
		must(t, err)
		wantWords(t, m, "a1")
		_, err = sub.Recv(t.Context())
		var gap *zmq.GapError
		if !errors.As(err, &gap) || gap.Code != core.Lost || gap.Missed != 0 {
			t.Errorf("where the connection was lost: %v", err)
		}
		m, err = sub.Recv(t.Context())
		must(t, err)
		wantWords(t, m, "a2")
	})
}

func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.away.Store(true)
		c := b.context(zmq.Options{})
		<-time.After(time.Minute)
		c.Close()
		longest := 100 * time.Millisecond
		for i := 1; i < len(b.dials); i++ {
			pause := b.dials[i].Sub(b.dials[i-1])
			if pause < longest/2 || pause > longest {
				t.Errorf("pause %d is %v, want %v to %v", i, pause, longest/2, longest)
			}
			longest = min(2*longest, 5*time.Second)
		}
		if len(b.dials) < 15 {
			t.Errorf("%d attempts in a minute", len(b.dials))
		}
	})
}

func TestBackoffBeginsAnewAfterAWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.away.Store(true)
		b.context(zmq.Options{})
		<-time.After(20 * time.Second)
		b.away.Store(false)
		l := b.welcome()
		synctest.Wait()
		lost := time.Now()
		l.conn.Drop()
		b.accept()
		if pause := time.Since(lost); pause > 100*time.Millisecond {
			t.Errorf("%v until the next attempt", pause)
		}
	})
}

func TestTerminalClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		req, sub, idle := c.Socket(zmq.REQ), c.Socket(zmq.SUB), c.Socket(zmq.REQ)
		must(t, req.Connect("tcp://127.0.0.1:1", nil))
		must(t, sub.Connect("tcp://127.0.0.1:2", nil))
		l := b.welcome()
		l.open()
		l.open()
		pending := request(t.Context(), req, "?")
		l.expect(core.KindRequest)
		l.conn.Close(core.CloseDenied, "you are out")

		wantCode(t, (<-pending).err, core.Denied)
		_, err := sub.Recv(t.Context())
		wantCode(t, err, core.Denied)
		wantCode(t, sub.Subscribe("x"), core.Denied)
		wantCode(t, req.Ready(t.Context()), core.Denied)
		wantCode(t, idle.Connect("tcp://127.0.0.1:1", nil), core.Denied)
		_, err = c.Socket(zmq.REQ).Request(t.Context(), []byte("x"))
		wantCode(t, err, core.Denied)
		var last zmq.Status
		for status := range c.Watch(t.Context()) {
			last = status
		}
		if last.State != zmq.Ended || core.CodeOf(last.Err) != core.Denied {
			t.Errorf("the last status is %v", last)
		}
		<-time.After(time.Minute)
		if len(b.dials) != 1 {
			t.Errorf("%d attempts, although there is no use in it", len(b.dials))
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		states := make(chan string)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for status := range c.Watch(ctx) {
				states <- status.State.String()
			}
		}()
		want := func(state string) {
			t.Helper()
			if got := <-states; got != state {
				t.Errorf("got %s, want %s", got, state)
			}
		}
		want("connecting")
		l := b.welcome()
		want("connected")
		l.session.GoAway(time.Second, "maintenance")
		l.flush()
		want("draining")
		if err := c.Status().Err; err == nil || err.Error() != "unavailable: maintenance" {
			t.Errorf("draining because of %v", err)
		}
		l.conn.Close(core.CloseGoingAway, "bye")
		want("reconnecting")
		b.welcome()
		want("connected")
		cancel()
		<-ended
	})
}

func TestSilentBridge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		b.welcome()
		synctest.Wait()
		start := time.Now()
		b.accept()
		if silence := time.Since(start); silence < 30*time.Second || silence > 31*time.Second {
			t.Errorf("noticed after %v, want two heartbeats of 15 s", silence)
		}
		if err := c.Status().Err; core.CodeOf(err) != core.Lost {
			t.Errorf("the reason is %v", err)
		}
	})
}

func TestMalformedBridge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		l := b.welcome()
		must(t, l.conn.Write(t.Context(), []byte{0}))
		if code := l.closed(); code != core.CloseMalformed {
			t.Errorf("closed with %d", code)
		}
		synctest.Wait()
		if status := c.Status(); status.State != zmq.Ended || core.CodeOf(status.Err) != core.Protocol {
			t.Errorf("got %v", status)
		}
	})
}

func TestCloseWritesWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		push, req := c.Socket(zmq.PUSH), c.Socket(zmq.REQ)
		must(t, push.Connect("sink", nil))
		must(t, req.Connect("service", nil))
		l := b.welcome()
		l.open()
		l.grant(1, 100, 1<<20)
		l.open()
		pending := request(t.Context(), req, "?")
		synctest.Wait()
		for range 100 {
			must(t, push.Send(t.Context(), make([]byte, 1000)))
		}
		go c.Close()
		l.expect(core.KindRequest)
		for range 100 {
			l.expect(core.KindMessage)
		}
		if code := l.closed(); code != core.CloseNormal {
			t.Errorf("closed with %d", code)
		}
		wantCode(t, (<-pending).err, core.Closed)
		wantCode(t, push.Send(t.Context(), []byte("late")), core.Closed)
		c.Close()
	})
}

func TestCloseDoesNotWaitForABridgeThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, req, _ := connected(t, zmq.REQ, zmq.Options{})
		var asked []<-chan outcome
		for range 30 {
			asked = append(asked, request(t.Context(), req, string(make([]byte, 1<<18))))
		}
		synctest.Wait()
		start := time.Now()
		c.Close()
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("Close took %v", took)
		}
		for _, a := range asked {
			wantCode(t, (<-a).err, core.Closed)
		}
	})
}

func TestCloseWhileConnecting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{}) // nobody accepts the connection
		sock := c.Socket(zmq.REQ)
		must(t, sock.Connect("service", nil))
		waiting := request(t.Context(), sock, "?")
		synctest.Wait()
		start := time.Now()
		c.Close()
		wantCode(t, (<-waiting).err, core.Closed)
		if took := time.Since(start); took != time.Second { // the request lingers
			t.Errorf("Close took %v", took)
		}
	})
}

func TestCloseWithNothingToSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{}) // nobody accepts the connection
		must(t, c.Socket(zmq.SUB).Connect("service", nil))
		synctest.Wait()
		start := time.Now()
		c.Close()
		if took := time.Since(start); took > 0 {
			t.Errorf("Close took %v", took)
		}
		wantCode(t, c.Socket(zmq.SUB).Connect("service", nil), core.Closed)
	})
}
