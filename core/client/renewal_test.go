package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Other credentials are handed over as soon as the owner has them, while the session is open, and in Hello otherwise.
func TestRenewal(t *testing.T) {
	k := lasting(t, client.Config{})
	k.bridge.Expiring(time.Minute, core.OK, "")
	k.bridge.Expiring(time.Second, core.Unauthenticated, "not these")
	k.pump()
	k.wantEvents("expiring", "expiring unauthenticated*")
	k.client.SetCredentials([]byte(`"a"`))
	k.pump()
	k.wantFrames(`Credentials "a"`)
	k.lose()
	k.client.SetCredentials([]byte(`"b"`))
	k.reconnect()
	k.wantFrames("Hello")
	k.wantEvents("resumed")
}

// What the owner has while the bridge has yet to answer Hello is handed over when it has: the bridge knows those of Hello only.
func TestRenewalBehindHello(t *testing.T) {
	for _, resumed := range []bool{true, false} {
		k := lasting(t, client.Config{Credentials: []byte(`"a"`)})
		k.lose()
		if !resumed {
			k.refuse = core.Lost
		}
		k.dial(k.cfg)
		k.client.SetCredentials([]byte(`"b"`))
		k.pump()
		k.wantFrames("Hello", `Credentials "b"`)
	}
}

// An end that knows nothing of it is told nothing.
func TestRenewalWithoutCapability(t *testing.T) {
	for _, tt := range []struct{ client, bridge core.Capability }{{core.CanRenew, 0}, {0, core.CanRenew}} {
		w := newWorld(t, client.Config{Without: tt.client})
		w.dial(core.SessionConfig{Without: tt.bridge})
		w.pump()
		w.quiet()
		w.bridge.Expiring(time.Minute, core.OK, "")
		w.client.SetCredentials([]byte(`"a"`))
		w.pump()
		w.wantFrames()
		w.wantEvents()
	}
}
