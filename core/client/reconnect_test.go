package client_test

import (
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestReconnect(t *testing.T) {
	w := online(t, client.Config{})
	req, sub := w.socket(core.REQ), w.socket(core.SUB)
	w.subscribe(sub, "a")
	w.subscribe(sub, "b")
	w.endpoint(req, "tcp://other:1")
	for range 12 { // more than sort as text
		w.request(req, "sent")
	}
	w.pump()
	w.quiet()

	w.cut()
	want := []string{"reset lost"}
	for i := range 12 {
		want = append(want, "failed 1/"+strconv.Itoa(i+1)+" lost")
	}
	w.wantEvents(want...)
	w.client.Stop(nil) // doing it twice changes nothing
	w.wantEvents()

	w.request(req, "queued 1")
	w.subscribe(sub, "c")
	w.request(req, "queued 2")
	w.dial(core.SessionConfig{})
	w.cut() // before Welcome: nothing was sent, nothing is lost
	w.wantEvents()
	w.connect()
	w.wantFrames("Hello",
		"Open 1/1 REQ tcp://backend:1", "Open 1/2 REQ tcp://other:1", "Request 1/13 30000ms queued 1", "Request 1/14 30000ms queued 2",
		"Open 2/1 SUB tcp://backend:2", `Subscribe 2/1 "a"`, `Subscribe 2/2 "b"`, `Subscribe 2/3 "c"`)
	w.wantEvents("gap 2 lost", "ready")

	w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 13, Body: body("re: queued 1")})
	w.wantEvents("reply 1/13 re: queued 1")
}

func TestGapOnlyAfterAnInterruption(t *testing.T) {
	w := newWorld(t, client.Config{})
	sub := w.newSocket(core.SUB)
	w.endpoint(sub, "tcp://prices:1")
	w.connect()
	w.wantEvents("ready")
	idle := w.newSocket(core.SUB) // it has no endpoint, so it cannot have missed anything
	w.cut()
	w.connect()
	w.wantEvents("reset lost", "gap 1 lost", "ready")
	w.endpoint(idle, "tcp://prices:2")
	w.wantEvents()
}

func TestClosedWhileOffline(t *testing.T) {
	w := online(t, client.Config{})
	a, b := w.socket(core.REQ), w.socket(core.REQ)
	w.cut()
	w.client.CloseSocket(a)
	w.connect()
	w.wantFrames("Hello", "Open 2/1 REQ tcp://backend:"+strconv.Itoa(int(b)))
}

// The receiver of an event may make any call at once. The order of frames on the wire has to stay right all the same.

func TestCallingBackWhileReopening(t *testing.T) {
	w := online(t, client.Config{})
	sub, req := w.socket(core.SUB), w.socket(core.REQ)
	w.cut()
	w.request(req, "queued")
	w.quiet()
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventGap {
			w.endpoint(req, "tcp://second:1")
			w.request(req, "called back")
			w.subscribe(sub, "called back")
		}
	}
	w.connect()
	w.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", "Open 2/1 REQ tcp://backend:2", "Request 2/1 30000ms queued",
		"Open 2/2 REQ tcp://second:1", "Request 2/2 30000ms called back", `Subscribe 1/1 "called back"`)
}

func TestCallingBackFromReplies(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	w.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindRequest {
			w.ok(w.bridge.Append(&core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Body: f.Body}))
		}
	}
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventReply && e.ID < 5 {
			w.request(req, string(e.Parts[0])+"+")
			if text := eventText(e); text != w.events[len(w.events)-1] {
				t.Errorf("the event has become %q", text)
			}
		}
	}
	w.request(req, "a")
	w.pump()
	w.wantEvents("reply 1/1 a", "reply 1/2 a+", "reply 1/3 a++", "reply 1/4 a+++", "reply 1/5 a++++")
}

func TestClosingFromAnEvent(t *testing.T) {
	t.Run("while requests fail", func(t *testing.T) {
		w := online(t, client.Config{})
		req := w.socket(core.REQ)
		w.request(req, "a")
		w.request(req, "b")
		w.onEvent = func(e *client.Event) {
			if e.Kind == client.EventFailed {
				w.client.CloseSocket(e.Socket)
			}
		}
		w.cut()
		w.wantEvents("reset lost", "failed 1/1 lost") // there is no event for the request of a socket that the receiver closed
	})
	t.Run("while a refusal fails them", func(t *testing.T) {
		w := online(t, client.Config{})
		req := w.newSocket(core.REQ)
		w.endpoint(req, "tcp://forbidden:1")
		w.request(req, "a")
		w.onEvent = func(e *client.Event) { w.client.CloseSocket(e.Socket) }
		w.send(core.Frame{Kind: core.KindRefused, Socket: req, ID: 1, Code: core.Denied})
		w.wantEvents("refused 1/1 denied*")
	})
	t.Run("while everything ends", func(t *testing.T) {
		w := online(t, client.Config{})
		a, b := w.socket(core.REQ), w.socket(core.REQ)
		w.request(a, "a")
		w.onEvent = func(*client.Event) { w.client.CloseSocket(a); w.client.CloseSocket(b) }
		w.client.End(core.NewError(core.Closed, ""))
		w.wantEvents("failed 1/1 closed")
	})
	t.Run("between two messages of a batch", func(t *testing.T) {
		w := online(t, client.Config{})
		sub := w.socket(core.SUB)
		w.onEvent = func(*client.Event) { w.client.CloseSocket(sub) }
		m := core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("x")}
		w.send(m, m, m)
		w.wantEvents("message 1 x")
		w.wantFrames("Close 1")
	})
}

func TestEndingFromAnEvent(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventMessage {
			w.client.End(core.NewError(core.Closed, "enough"))
			if text := eventText(e); text != "message 1 x" {
				t.Errorf("the event has become %q", text)
			}
		}
	}
	m := core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("x")}
	w.ok(w.bridge.Append(&m))
	w.ok(w.bridge.Append(&m))
	w.ok(w.bridge.Append(&m))
	w.pump()
	w.wantEvents("message 1 x", "closed 1 closed")
}
