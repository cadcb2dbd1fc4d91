package client_test

import (
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/vectors"
)

// told makes a world whose client has sockets of several types, and is told of messages by Arrived if arrivals is true.
// Either way the world writes the same down, if the client does the same.
func told(t testing.TB, arrivals bool) *world {
	cfg := client.Config{WindowMessages: 10, WindowBytes: 100}
	var w *world
	if arrivals {
		cfg.Arrived = func(a *client.Arrival) { w.arrived(a) }
	}
	w = newWorld(t, cfg)
	w.connect()
	for _, typ := range []core.SocketType{core.PULL, core.SUB, core.REQ, core.DEALER} {
		w.endpoint(w.newSocket(typ), "tcp://backend:1")
	}
	w.subscribe(2, "")
	w.pump()
	return w
}

func (w *world) arrived(a *client.Arrival) {
	if w.mute {
		return
	}
	e := client.Event{Kind: client.EventMessage, Socket: a.Socket, Endpoint: a.Endpoint, Offset: a.Offset, Remote: true}
	for rest := a.Payload; len(e.Parts) < len(a.Lengths); {
		n := a.Lengths[len(e.Parts)]
		e.Parts, rest = append(e.Parts, rest[:n]), rest[n:]
	}
	w.tell(&e)
}

func TestArrived(t *testing.T) {
	var by [2][]string
	for i, arrivals := range []bool{false, true} {
		w := told(t, arrivals)
		w.quiet()
		w.send(
			core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("a")},
			core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("", "b", "")},
			core.Frame{Kind: core.KindMessage, Socket: 2, Body: body("time", "now")},
			core.Frame{Kind: core.KindPosition, Socket: 2, ID: 1, Offset: 4, Name: []byte("epoch")},
			core.Frame{Kind: core.KindPublication, Socket: 2, ID: 1, Offset: 5, Body: body("time", "then")},
			core.Frame{Kind: core.KindGap, Socket: 1, Messages: 3, Code: core.Busy},
			core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("c")},
		)
		by[i] = w.events
	}
	if len(by[1]) != 7 || !slices.Equal(by[0], by[1]) {
		t.Errorf("told by events %q\nby arrivals %q", by[0], by[1])
	}
}

// The socket whose message was the last one may be gone when the next one comes.
func TestArrivedForASocketThatIsGone(t *testing.T) {
	w := told(t, true)
	w.send(core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("a")})
	w.quiet()
	w.client.CloseSocket(1)
	w.send(core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("b")})
	w.wantEvents()
	if err := w.client.Feed(core.AppendFrame(nil, &core.Frame{Kind: core.KindMessage, Socket: 9, Body: body("x")}), w.now); err == nil {
		t.Error("a message of a socket that was never opened was taken")
	}
}

// The owner may end the session, or the socket, when it is told of a message in the middle of a batch.
func TestArrivedEndsTheClient(t *testing.T) {
	w := told(t, true)
	w.onEvent = func(e *client.Event) {
		if e.Kind == client.EventMessage {
			w.client.End(core.NewError(core.Closed, "enough"))
		}
	}
	w.quiet()
	m := core.Frame{Kind: core.KindMessage, Socket: 1, Body: body("a")}
	batch := core.AppendFrame(core.AppendFrame(nil, &m), &m)
	w.ok(w.client.Feed(batch, w.now))
	if n := len(slices.DeleteFunc(w.events, func(e string) bool { return e != "message 1 a" })); n != 1 {
		t.Errorf("%d messages after the end", n-1)
	}
}

func TestArrivedAllocs(t *testing.T) {
	w := told(t, true)
	var batch []byte
	for range 10 {
		batch = core.AppendFrame(batch, &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")})
	}
	w.mute = true
	wantAllocs(t, 0, func() { w.ok(w.client.Feed(batch, w.now)) })
}

// FuzzArrived checks that a client does the same whether it tells of messages by arrivals or by events.
func FuzzArrived(f *testing.F) {
	v := vectors.Load(f)
	for _, frame := range v.Frames {
		f.Add([]byte(frame.Hex))
	}
	for _, m := range v.Malformed {
		f.Add([]byte(m.Hex))
	}
	f.Add([]byte{4, 0x2a, 1, 1, 'a', 5, 0x2a, 2, 2, 0, 'b', 4, 0x2a, 0x81, 0, 1, 3, 0x2a, 9, 1})
	f.Fuzz(func(t *testing.T, batch []byte) {
		by := [2]*world{told(t, false), told(t, true)}
		var errs [2]string
		for i, w := range by {
			w.onEvent = func(e *client.Event) {
				if e.Kind == client.EventMessage {
					w.client.Consumed(e.Socket, 1, e.Parts.Size())
				}
			}
			w.quiet()
			if err := w.client.Feed(batch, w.now); err != nil {
				errs[i] = err.Error()
			}
		}
		if errs[0] != errs[1] || !slices.Equal(by[0].events, by[1].events) {
			t.Errorf("by events %q, %s\nby arrivals %q, %s", by[0].events, errs[0], by[1].events, errs[1])
		}
		if by[0].client.Queued() != by[1].client.Queued() {
			t.Errorf("%d bytes wait by events, %d by arrivals", by[0].client.Queued(), by[1].client.Queued())
		}
	})
}

// BenchmarkArrived is BenchmarkFeed for an owner who is told by arrivals.
func BenchmarkArrived(b *testing.B) {
	w := told(b, true)
	var batch []byte
	for range 50 {
		batch = core.AppendFrame(batch, &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")})
	}
	w.mute = true
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%50 == 0 {
			w.ok(w.client.Feed(batch, w.now))
		}
	}
}
