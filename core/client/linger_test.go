package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// What is sent on a socket that is closed at once still leaves, whatever it has to wait for.
func TestCloseWithin(t *testing.T) {
	for _, tt := range []struct {
		name string
		run  func(w *world)
	}{
		{"nothing was sent", func(w *world) {
			w.connect()
			push := w.socket(core.PUSH)
			w.closes(push, time.Second, true, false)
			w.pump()
			w.wantFrames("Close 1 1000ms")
			w.wantEvents()
		}},
		{"messages wait for credit", func(w *world) {
			push := w.pushes(0, "a", "b")
			w.closes(push, time.Second, true, true)
			w.pump()
			w.wantFrames()
			w.send(credit(push, 1))
			w.wantFrames("Message 1 a")
			w.now += 400 * time.Millisecond
			w.ok(w.client.Tick(w.now))
			w.send(credit(push, 1))
			w.wantFrames("Message 1 b", "Close 1 600ms")
			w.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed, Messages: 1})
			w.wantEvents("ended 1 missed 1")
		}},
		{"messages wait for the first connection", func(w *world) {
			push := w.newSocket(core.PUSH)
			w.endpoint(push, "tcp://backend:1")
			w.ok(w.client.Send(push, message("a")))
			w.closes(push, time.Second, false, true)
			w.connect()
			w.wantEvents("ready")
			w.send(credit(push, 1))
			w.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 a", "Close 1")
			w.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed})
			w.wantEvents("ended 1")
		}},
		{"requests wait for the first connection", func(w *world) {
			req := w.newSocket(core.REQ)
			w.endpoint(req, "tcp://backend:1")
			w.request(req, "a")
			w.closes(req, time.Second, false, true)
			w.connect()
			w.wantFrames("Hello", "Open 1/1 REQ tcp://backend:1", "Request 1/1 30000ms a", "Close 1")
			w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("too late")},
				core.Frame{Kind: core.KindClosed, Socket: req, Code: core.Closed})
			w.wantEvents("ready", "ended 1")
		}},
		{"a request was sent and not answered", func(w *world) {
			w.connect()
			req := w.socket(core.REQ)
			w.request(req, "a")
			w.closes(req, time.Second, false, true)
			w.pump()
			w.wantFrames("Request 1/1 30000ms a", "Close 1")
			w.sleep(2 * time.Second)
			w.wantEvents("ended 1 lost")
		}},
		{"the time is over", func(w *world) {
			push := w.pushes(0, "a")
			w.closes(push, time.Second, true, true)
			w.sleep(2 * time.Second)
			w.wantFrames("Close 1 1ms")
			w.wantEvents("ended 1 missed 1")
		}},
		{"the time is over when the credit comes, and nobody has looked at the clock", func(w *world) {
			push := w.pushes(0, "a")
			w.closes(push, time.Second, true, true)
			w.pump()
			w.now += 1100 * time.Millisecond
			w.send(credit(push, 1))
			w.wantFrames("Message 1 a", "Close 1 1ms")
			w.wantEvents()
			w.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed, Messages: 1})
			w.wantEvents("ended 1 missed 1")
		}},
		{"no time at all", func(w *world) {
			push := w.pushes(0, "a")
			w.closes(push, 0, true, false)
			w.pump()
			w.wantFrames("Close 1 1ms")
		}},
		{"a socket that is connected to nothing", func(w *world) {
			w.connect()
			push := w.newSocket(core.PUSH)
			w.ok(w.client.Send(push, message("a")))
			w.closes(push, time.Second, true, false)
		}},
		{"the session is lost, and what waits is sent on the next", func(w *world) {
			push := w.pushes(0, "a")
			w.closes(push, time.Second, false, true)
			w.cut()
			w.wantEvents("reset lost")
			w.quiet()
			w.connect()
			w.send(credit(push, 1))
			w.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 a", "Close 1")
			w.wantEvents("ready")
		}},
		{"the session is lost before the answer", func(w *world) {
			push := w.pushes(1, "a")
			w.closes(push, time.Second, false, true)
			w.pump()
			w.cut()
			w.wantEvents("reset lost", "ended 1 lost")
		}},
		{"a part was sent on the session that is lost", func(w *world) {
			push := w.pushes(1, "a", "b")
			w.closes(push, time.Second, false, true)
			w.pump()
			w.cut()
			w.connect()
			w.quiet()
			w.frames = nil
			w.send(credit(push, 1))
			w.wantFrames("Message 1 b", "Close 1")
			w.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed, Messages: 1})
			w.wantEvents("ended 1 missed 1 lost*")
		}},
		{"the time is over, and a part was sent", func(w *world) {
			push := w.pushes(1, "a", "b")
			w.closes(push, time.Second, true, true)
			w.pump()
			w.now += 1100 * time.Millisecond
			w.ok(w.client.Tick(w.now))
			w.pump()
			w.wantFrames("Message 1 a", "Close 1 1ms")
			w.wantEvents()
			w.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed, Messages: 1})
			w.wantEvents("ended 1 missed 2")
		}},
		{"the time is over, a part was sent, and nobody says what became of it", func(w *world) {
			push := w.pushes(1, "a", "b")
			w.closes(push, time.Second, true, true)
			w.sleep(2 * time.Second)
			w.wantEvents("ended 1 missed 1 lost")
		}},
		{"the endpoint is refused", func(w *world) {
			push := w.newSocket(core.PUSH)
			w.endpoint(push, "tcp://backend:1")
			w.ok(w.client.Send(push, message("a")))
			w.closes(push, time.Second, false, true)
			w.connect()
			w.send(core.Frame{Kind: core.KindRefused, Socket: push, ID: 1, Code: core.Denied})
			w.wantEvents("ready", "ended 1 missed 1 denied")
		}},
		{"the client ends", func(w *world) {
			push := w.newSocket(core.PUSH)
			w.endpoint(push, "tcp://backend:1")
			w.ok(w.client.Send(push, message("a")))
			w.closes(push, time.Second, false, true)
			w.client.End(core.NewError(core.Closed, ""))
			w.wantEvents("ended 1 missed 1 closed")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, client.Config{})
			tt.run(w)
			w.sleep(time.Minute)
			if w.client.Lingers() {
				t.Error("it lingers for ever")
			}
			wantCode(t, w.client.Send(1, message("x")), core.Closed)
		})
	}
}

func credit(push uint32, messages int) core.Frame {
	return core.Frame{Kind: core.KindCredit, Socket: push, Messages: uint64(messages), Bytes: 1000}
}

// pushes connects, and sends messages on a PUSH that has credit for so many.
func (w *world) pushes(credits int, texts ...string) (push uint32) {
	w.t.Helper()
	w.connect()
	push = w.socket(core.PUSH)
	if credits > 0 {
		w.send(credit(push, credits))
	}
	for _, text := range texts {
		w.ok(w.client.Send(push, message(text)))
	}
	return push
}

// closes closes a socket, and checks whether something is waited for.
func (w *world) closes(id uint32, linger time.Duration, asked, want bool) {
	w.t.Helper()
	w.frames = nil
	if len(w.events) > 0 {
		w.quiet()
	}
	if waits := w.client.CloseWithin(id, linger, asked, w.now); waits != want {
		w.t.Errorf("waits: %v", waits)
	}
	if w.client.Lingers() != want && w.bridge == nil {
		w.t.Errorf("lingers: %v", !want)
	}
}

// A socket that is closed while its WebSocket is cut hears what became of its messages when the session goes on.
func TestCloseWithinACut(t *testing.T) {
	k := lasting(t, client.Config{})
	push := k.socket(core.PUSH)
	k.send(credit(push, 10))
	k.ok(k.client.Send(push, message("a")))
	k.client.Take(nil, k.now)
	k.lose()
	if !k.client.CloseWithin(push, time.Second, false, k.now) {
		t.Error("what became of the message is not waited for")
	}
	k.quiet()
	k.reconnect()
	k.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed, Messages: 1})
	k.wantEvents("resumed", "ended 1 missed 1")
}

// A client lingers while it has messages that the bridge may not have, and no longer.
func TestLingers(t *testing.T) {
	k := lasting(t, client.Config{})
	push := k.socket(core.PUSH)
	k.send(credit(push, 10))
	check := func(when string, want bool) {
		t.Helper()
		if got := k.client.Lingers(); got != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	check("nothing was sent", false)
	k.ok(k.client.Send(push, message("a")))
	check("it was not taken", true)
	k.client.Take(nil, k.now)
	check("it was taken", false)
	k.lose()
	check("it may be lost with the WebSocket", true)
	k.reconnect()
	check("the session goes on", false)
}

// A socket that lingers when its page is left goes on to do so on the next one.
func TestLingerOnTheNextPage(t *testing.T) {
	k := lasting(t, client.Config{})
	push := k.socket(core.PUSH)
	k.ok(k.client.Send(push, message("a")))
	k.client.CloseWithin(push, time.Minute, false, k.now)
	snapshot := k.client.Export()
	next := client.New(client.Config{}, func(e *client.Event) { k.events = append(k.events, eventText(e)) })
	k.ok(next.Import(snapshot, k.now))
	k.lose()
	k.client = next
	k.quiet()
	k.reconnect()
	k.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
	k.wantFrames("Hello", "Message 1 a", "Close 1")
}
