package port_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
)

// TestPubWaitsForTheFirstSubscription: what is published before it reaches nobody. It is not waited for for long, since a
// peer may never subscribe; and not by those who find it there.
func TestPubWaitsForTheFirstSubscription(t *testing.T) {
	tests := []struct {
		name  string
		typ   core.SocketType
		after time.Duration // when the peer subscribes; 0: at once
		want  time.Duration
	}{
		{"PUB, at once", core.PUB, 0, 0},
		{"PUB, soon", core.PUB, 60 * time.Millisecond, 60 * time.Millisecond},
		{"PUB, later", core.PUB, time.Hour, port.OpeningGrace},
		{"XPUB, at once", core.XPUB, 0, 0},
		{"XPUB, later", core.XPUB, time.Hour, port.OpeningGrace},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := make(Pipes)
				f := newTestFactory(t, gateway.Config{Dial: backend.Dial, Heartbeat: -1})
				options := gateway.PortOptions{}
				if test.typ.Receives() {
					options.Receiver = NewMailbox(10)
				}
				p := newPort(t, f, test.typ, Somewhere, options)
				peer := backend.Accept(t)
				peer.Meet(1, "SUB")
				met := time.Now()
				live := make(chan struct{})
				p.WhenLive(func() { close(live) })
				time.AfterFunc(test.after, func() { peer.Say(Frame(0, []byte("\x01a"))) })
				<-live
				if got := time.Since(met); got != test.want {
					t.Errorf("live after %v, want %v", got, test.want)
				}
				p.WhenLive(func() { t.Log("at once") })
				if got := time.Since(met); got != test.want {
					t.Errorf("again after %v", got)
				}
			})
		})
	}
}

// TestPubReadyReachesSubscribers: libzmq subscribes right behind the handshake.
func TestPubReadyReachesSubscribers(t *testing.T) {
	t.Parallel()
	for range 20 {
		sub := StartPython(t, "peer", "--type", "SUB", "")
		f := newTestFactory(t, quick())
		p := newPort(t, f, core.PUB, sub.Endpoint(), gateway.PortOptions{})
		watched := NewEvents()
		defer p.Watch(watched)()
		watched.Wait(t, "up")
		live := make(chan struct{})
		p.WhenLive(func() { close(live) })
		Await(t, "live", live)
		send(t, p, "first")
		if got := sub.Hear(); got[0] != "first" {
			t.Fatalf("got %q", got)
		}
		sub.Kill()
	}
}
