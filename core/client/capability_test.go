package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Old ends announce nothing, and write frames as they were before there were capabilities; TestVectors holds that layout.
// Every mixture of old and new ends gets along, and an extension is used only where both have it.
func TestOldAndNewEnds(t *testing.T) {
	for _, tt := range []struct {
		name           string
		client, bridge core.Capability // without
		closing        string
		disconnect     core.Code
	}{
		{"both new", 0, 0, "Close 1 2000ms", core.OK},
		{"an old client", everything, 0, "Close 1", core.Unsupported},
		{"an old bridge", 0, everything, "Close 1", core.Unsupported},
		{"both old", everything, everything, "Close 1", core.Unsupported},
		{"a bridge that only lingers", 0, core.CanDisconnect, "Close 1 2000ms", core.Unsupported},
		{"a bridge that only disconnects", 0, core.CanLinger, "Close 1", core.OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, client.Config{Without: tt.client})
			w.dial(core.SessionConfig{Without: tt.bridge})
			w.pump()
			push := w.socket(core.PUSH)
			w.endpoint(push, "tcp://other:1")
			w.pump()
			w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100})
			w.ok(w.client.Send(push, message("a")))
			w.pump()
			w.quiet()
			_, err := w.client.Disconnect(push, 2)
			wantCode(t, err, tt.disconnect)
			w.pump()
			if tt.disconnect == core.OK {
				w.wantFrames("Disconnect 1/2")
			}
			w.wantFrames()
			waits := w.client.CloseWithin(push, 2*time.Second, true, w.now)
			w.pump()
			w.wantFrames(tt.closing)
			if both := w.bridge.Can(core.CanLinger); waits != both {
				t.Errorf("waits for an answer: %v, can linger: %v", waits, both)
			}
		})
	}
}

// After a cut, what counts is what was announced last.
func TestCapabilitiesWhileCut(t *testing.T) {
	k := lasting(t, client.Config{})
	push := k.socket(core.PUSH)
	k.lose()
	waits, err := k.client.Disconnect(push, 1)
	if k.ok(err); !waits {
		t.Error("the bridge need not be told")
	}
	k.quiet()
	k.reconnect()
	k.wantFrames("Hello", "Disconnect 1/1")
}
