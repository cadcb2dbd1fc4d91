package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func TestPlacesInAHistory(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	type place struct {
		kind             client.EventKind
		endpoint, offset uint64
		epoch            string
	}
	var got []place
	w.onEvent = func(e *client.Event) {
		endpoint := e.Endpoint
		if e.Kind == client.EventPositioned {
			endpoint = e.ID
		}
		got = append(got, place{e.Kind, endpoint, e.Offset, string(e.Text)})
	}
	w.send(
		core.Frame{Kind: core.KindPosition, Socket: sub, ID: 1, Offset: 7, Name: []byte("e"), Flags: core.FlagRecovered, Messages: 1},
		core.Frame{Kind: core.KindPublication, Socket: sub, ID: 1, Offset: 8, Body: body("x")},
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("y")})
	w.wantEvents("positioned 1/1", "recovered 1/1 missed 1", "message 1 x", "message 1 y")
	want := []place{{client.EventPositioned, 1, 7, "e"}, {client.EventRecovered, 0, 0, ""}, {client.EventMessage, 1, 8, ""},
		{client.EventMessage, 0, 0, ""}}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("event %d: %v, want %v", i, got[i], want[i])
		}
	}
	if p, ok := w.client.Position(sub, 1); !ok || p != (core.Position{Epoch: "e", Offset: 8}) {
		t.Errorf("position %v, %v", p, ok)
	}
}

// A client that closes with 1000 ends its session. It may still connect to the bridge again.
func TestStoppedForGood(t *testing.T) {
	w := newWorld(t, client.Config{})
	w.dial(core.SessionConfig{})
	w.bridge.Keep([]byte("token"), time.Minute, core.OK)
	w.pump()
	w.socket(core.SUB)
	w.bridge = nil
	w.client.Stop(core.NewCloseError(core.CloseNormal, "the page was left"))
	w.wantEvents("reset lost")
	w.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindHello && len(f.Name) > 0 {
			t.Errorf("the token %q of a session that was closed", f.Name)
		}
	}
	w.connect()
	w.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1")
	w.wantEvents("gap 1 lost", "ready")
}
