//go:build long

package stream_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestNATSIsAwayForLong: for longer than a standby keeps what it hears, so that neither bridge has a lease any more. Nothing is missing.
func TestNATSIsAwayForLong(t *testing.T) {
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	a, b := startBridge(t, nats.URLs(), pub.Endpoint()), startBridge(t, nats.URLs(), pub.Endpoint())
	atA, atB := a.listen(t, ""), b.listen(t, "")
	pub.say(t, "m", 20)
	atA.wants(t, said("m", 1, 20, 0))
	atB.wants(t, said("m", 1, 20, 0))
	nats.Kill(0)
	for range 15 {
		time.Sleep(time.Second)
		pub.say(t, "m", 2)
	}
	nats.Restart(0)
	pub.say(t, "m", 2)
	atA.wants(t, said("m", 1, 52, 0))
	atB.wants(t, said("m", 1, 52, 0))
}
