package attack

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// idleClient is what the process may have in memory for a client that has subscribed and on which nothing happens: somewhat more than
// was measured, which is 13.8 KB with 5,000 of them. A stack of 4 KiB instead of 2, or the WebSocket library's buffers, are more than the difference.
const idleClient = 15<<10 + 512

// TestMemoryOfIdleClients: it is little, soon after they have come.
func TestMemoryOfIdleClients(t *testing.T) {
	const clients = 2000
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(publisher.Close)
	v := startVictim(t)
	join := func() {
		a := v.join()
		if a == nil || !a.Open(1, core.SUB, 100, publisher.Endpoint()) || a.Hear(core.KindOpened) == nil ||
			!a.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1}) || a.Hear(core.KindSubscribed) == nil {
			t.Fatal("the bridge does not take a client")
		}
	}
	for range 50 {
		join() // after which there is what all have in common
	}
	before := v.resident("VmRSS")
	for range clients {
		join()
	}
	each := func() int { return (v.resident("VmRSS") - before) / clients }
	for began := time.Now(); each() > idleClient && time.Since(began) < quietTime; {
		time.Sleep(time.Second) // another process is waited for
	}
	t.Logf("%.1f KiB each", float64(each())/1024)
	if each() > idleClient {
		t.Errorf("an idle client takes %.1f KiB", float64(each())/1024)
	}
}
