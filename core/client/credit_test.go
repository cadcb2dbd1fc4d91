package client_test

import (
	"math"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// creditWorld is a world with one SUB socket that has a window of 10 messages and 100 bytes. Its bridge adds up in granted
// the credit that it gets.
func creditWorld(t *testing.T) (w *world, sub uint32, granted *core.Frame) {
	w = newWorld(t, client.Config{WindowMessages: 10, WindowBytes: 100})
	granted = &core.Frame{}
	w.onFrame = func(f *core.Frame) {
		switch f.Kind {
		case core.KindHello:
			*granted = core.Frame{}
		case core.KindOpen, core.KindCredit:
			granted.Messages += f.Messages
			granted.Bytes += f.Bytes
		}
	}
	w.connect()
	return w, w.socket(core.SUB), granted
}

// deliver sends n messages of size payload bytes each.
func (w *world) deliver(sub uint32, n, size int) {
	w.t.Helper()
	payload := core.EncodeBody(core.Message{make([]byte, size/2), make([]byte, size-size/2)})
	for range n {
		w.send(core.Frame{Kind: core.KindMessage, Socket: sub, Body: payload})
	}
}

func TestWindowIsGrantedOnce(t *testing.T) {
	w, sub, granted := creditWorld(t)
	w.endpoint(sub, "tcp://second:1")
	w.pump()
	if granted.Messages != 10 || granted.Bytes != 100 {
		t.Errorf("two endpoints were granted %d messages, %d bytes; the window is 10, 100", granted.Messages, granted.Bytes)
	}
}

func TestCreditFollowsConsumption(t *testing.T) {
	w, sub, _ := creditWorld(t)
	w.deliver(sub, 10, 1)
	w.quiet()
	w.client.Consumed(sub, 2, 2)
	w.pump()
	w.wantFrames() // less than a quarter of the window
	w.client.Consumed(sub, 1, 1)
	w.pump()
	w.wantFrames("Credit 1 3/3")
	w.client.Consumed(sub, 7, 7)
	w.pump()
	w.wantFrames("Credit 1 7/7")

	w.deliver(sub, 2, 20)
	w.quiet()
	w.client.Consumed(sub, 1, 20)
	w.pump()
	w.wantFrames()
	w.client.Consumed(sub, 1, 20) // now by bytes
	w.pump()
	w.wantFrames("Credit 1 2/40")
	w.client.Consumed(99, 1, 1)
}

// In whatever order there are messages, consumption and cuts: what the bridge may send and what the application holds
// always add up to one window.
func TestWindowAcrossReconnects(t *testing.T) {
	w, sub, granted := creditWorld(t)
	w.deliver(sub, 8, 5)
	w.cut()
	w.client.Consumed(sub, 2, 10) // while there is no connection
	w.connect()
	if granted.Messages != 4 || granted.Bytes != 70 {
		t.Errorf("granted %d messages, %d bytes beside 6, 30 held; the window is 10, 100", granted.Messages, granted.Bytes)
	}
	w.client.Consumed(sub, 6, 30)
	w.pump()
	if granted.Messages != 10 || granted.Bytes != 100 {
		t.Errorf("granted %d messages, %d bytes, nothing held; the window is 10, 100", granted.Messages, granted.Bytes)
	}
	w.client.Consumed(sub, 6, 30) // more than was delivered
	w.pump()
	if granted.Messages != 10 || granted.Bytes != 100 {
		t.Errorf("granted %d messages, %d bytes; nobody holds what was not delivered", granted.Messages, granted.Bytes)
	}
	w.deliver(sub, 1, 500) // the last message may overdraw
	w.cut()
	w.connect()
	if granted.Messages != 9 || granted.Bytes != 0 {
		t.Errorf("granted %d messages, %d bytes beside 1, 500 held", granted.Messages, granted.Bytes)
	}
}

// A window is at most as large as what one Credit may grant.
func TestHugeWindow(t *testing.T) {
	w := newWorld(t, client.Config{WindowMessages: math.MaxInt, WindowBytes: math.MaxInt})
	w.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindOpen && (f.Messages != math.MaxInt32 || f.Bytes != math.MaxInt32) {
			t.Errorf("granted %d messages, %d bytes", f.Messages, f.Bytes)
		}
	}
	w.connect()
	w.socket(core.SUB)
}

// If a message has overdrawn the window, the next grant is smaller by so much, also on the next session.
func TestOverdraftAcrossReconnects(t *testing.T) {
	w, sub, granted := creditWorld(t)
	w.deliver(sub, 1, 500)
	w.cut()
	w.connect()
	if granted.Messages != 9 || granted.Bytes != 0 {
		t.Errorf("granted %d messages, %d bytes beside 1, 500 held", granted.Messages, granted.Bytes)
	}
	for range 8 { // messages enough for a grant, while the bytes are still owed
		w.send(core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("")})
	}
	w.client.Consumed(sub, 8, 100)
	w.pump()
	if granted.Messages != 9+8 || granted.Bytes != 0 {
		t.Errorf("granted %d messages, %d bytes beside 1, 400 held of 8 more", granted.Messages, granted.Bytes)
	}
	w.client.Consumed(sub, 1, 400)
	w.pump()
	if granted.Bytes != 100 {
		t.Errorf("granted %d bytes with nothing held, the window is 100", granted.Bytes)
	}
}

// A socket may have a window of its own, which holds for its credit, and for a page that goes on with its session.
func TestWindowOfOneSocket(t *testing.T) {
	k := lasting(t, client.Config{})
	var granted uint64
	k.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindOpen || f.Kind == core.KindCredit {
			granted += f.Messages
		}
	}
	sub := k.newSocket(core.SUB)
	k.client.Limit(sub, 10)
	k.endpoint(sub, "tcp://prices:1")
	k.client.Limit(sub, 500) // it is too late for that
	k.pump()
	if granted != 10 {
		t.Errorf("the bridge was granted %d messages, want 10", granted)
	}
	k.deliver(sub, 8, 2)
	for i, want := range []bool{false, false, true, false} {
		if got := k.client.Consumed(sub, 1, 2); got != want {
			t.Errorf("consuming message %d grants credit: %v", i, got)
		}
	}
	k.pump()
	if granted != 13 {
		t.Errorf("the bridge was granted %d messages, want 13", granted)
	}
	k.reload()
	k.reconnect()
	if granted != 18 {
		t.Errorf("after the page was loaded again the bridge was granted %d messages, want 18", granted)
	}
}
