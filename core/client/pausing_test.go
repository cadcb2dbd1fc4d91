package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func (w *world) pause(id uint32) uint32 {
	w.t.Helper()
	paused, err := w.client.Pause(id)
	w.ok(err)
	w.pump()
	return paused
}

func (w *world) unpause(id uint32) {
	w.t.Helper()
	w.ok(w.client.Unpause(id))
	w.pump()
}

// At the bridge a socket that pauses is closed. It comes back as another one, with all that it is attached to by then.
func TestPause(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	w.subscribe(sub, "a")
	w.pump()
	w.quiet()
	paused := w.pause(sub)
	w.wantFrames("Close 1")
	w.send(core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("a", "under way")})
	w.wantEvents()

	w.subscribe(paused, "b")
	w.endpoint(paused, "tcp://other:1")
	w.pump()
	w.wantFrames()
	w.unpause(paused)
	w.wantFrames("Open 2/1 SUB tcp://backend:1", "Open 2/2 SUB tcp://other:1", "Subscribe 2/1 \"a\"", "Subscribe 2/2 \"b\"")
	w.wantEvents("gap 2 lost")
	w.unpause(paused)
	w.wantFrames()
}

// Where there is a history, the bridge knows what was missed.
func TestPauseInAHistory(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	w.subscribe(sub, "a")
	w.send(
		core.Frame{Kind: core.KindPosition, Socket: sub, ID: 1, Offset: 7, Name: []byte("e")},
		core.Frame{Kind: core.KindPublication, Socket: sub, ID: 1, Offset: 8, Body: body("a")})
	w.quiet()
	paused := w.pause(sub)
	if p, ok := w.client.Position(paused, 1); !ok || p != (core.Position{Epoch: "e", Offset: 8}) {
		t.Errorf("position %v, %v", p, ok)
	}
	w.unpause(paused)
	w.wantFrames("Close 1", "Open 2/1 SUB tcp://backend:1", "Subscribe 2/1 \"a\"", "Recover 2/1")
	w.wantEvents()
}

// What was delivered and not consumed is part of the window, also when the socket was away in between.
func TestPauseCountsWhatIsHeld(t *testing.T) {
	w := online(t, client.Config{WindowMessages: 10})
	sub := w.socket(core.SUB)
	for range 4 {
		w.send(core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("a")})
	}
	paused := w.pause(sub)
	var granted uint64
	w.onFrame = func(f *core.Frame) { granted += f.Messages }
	w.unpause(paused)
	if granted != 6 {
		t.Errorf("the bridge may send %d messages, want 6", granted)
	}
	w.client.Consumed(paused, 4, 4)
	w.pump()
	if granted != 10 {
		t.Errorf("after all was consumed the bridge may have sent %d, want 10", granted)
	}
}

// A socket that pauses is not opened with the others on a new session, and reports its gap when it comes back.
func TestPauseOutlivesASession(t *testing.T) {
	w := online(t, client.Config{})
	paused := w.pause(w.socket(core.SUB))
	w.cut()
	w.quiet()
	w.connect()
	w.wantFrames("Hello")
	w.wantEvents("ready")
	w.unpause(paused)
	w.wantFrames("Open 2/1 SUB tcp://backend:1")
	w.wantEvents("gap 2 lost")
}

// While there is no connection, a socket comes back with it.
func TestUnpauseWithoutAConnection(t *testing.T) {
	w := online(t, client.Config{})
	paused := w.pause(w.socket(core.SUB))
	w.cut()
	w.quiet()
	w.unpause(paused)
	w.wantEvents("gap 2 lost")
	w.connect()
	w.wantFrames("Hello", "Open 2/1 SUB tcp://backend:1")
	w.wantEvents("ready")
}

func TestOnlySubscribersPause(t *testing.T) {
	w := online(t, client.Config{})
	_, err := w.client.Pause(w.socket(core.PULL))
	wantCode(t, err, core.Invalid)
	sub := w.socket(core.SUB)
	paused := w.pause(sub)
	_, err = w.client.Pause(sub)
	wantCode(t, err, core.Closed)
	w.client.CloseSocket(paused)
	wantCode(t, w.client.Unpause(paused), core.Closed)
}

func TestResubscribe(t *testing.T) {
	slow := client.SubscribeOptions{Overflow: core.Conflate, Interval: time.Second}
	for name, without := range map[string]core.Capability{"a bridge of today": 0, "an old bridge": core.CanResubscribe} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, client.Config{})
			w.dial(core.SessionConfig{Without: without})
			w.pump()
			id := w.socket(core.SUB)
			sub := w.subscribe(id, "a")
			w.pump()
			w.quiet()
			for range 2 {
				w.ok(w.client.Resubscribe(id, sub, slow)) // the second time nothing changes
				w.pump()
			}
			again := "Subscribe 1/1 \"a\" conflate 1000ms"
			if without == 0 {
				w.wantFrames(again)
			} else {
				w.wantFrames()
			}
			w.cut()
			w.quiet()
			w.connect()
			w.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", again)
			wantCode(t, w.client.Resubscribe(id, sub, client.SubscribeOptions{Interval: -1}), core.Invalid)
		})
	}
}
