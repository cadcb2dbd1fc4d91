package server

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestReconfigure: limits of numbers are for what comes from then on, those of rates and memory for who is there, too.
func TestReconfigure(t *testing.T) {
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	b, url := startBridge(t, allowAll(Config{Log: quiet}))
	p, loud := dial(t, url, nil), dial(t, url, nil)
	push := loud.open(core.PUSH, worker.address(), "")
	loud.awaitKind(client.EventOpened)
	sub := p.open(core.SUB, "tcp://127.0.0.1:1", "", "a", "b")
	p.open(core.SUB, "tcp://127.0.0.1:2", "")

	b.Reconfigure(allowAll(Config{MaxSockets: 2, MaxSubscriptions: 2, ByteRate: 1000}))
	if refused := p.subscribe(sub, "c", client.SubscribeOptions{}); p.await("refusal", func(e event) bool { return e.ID == refused && e.Kind == client.EventUnsubscribed }).Code != core.Busy {
		t.Error("a third subscription")
	}
	loud.send(push, strings.Repeat("x", 100_000))
	if got := loud.awaitClose(); got != core.CloseOverloaded {
		t.Errorf("who sends too fast by the new limit: closed with %d", got)
	}
	p.open(core.SUB, "tcp://127.0.0.1:3", "")
	if got := p.awaitClose(); got != core.CloseLimit {
		t.Errorf("a third socket: closed with %d", got)
	}
	waitFor(t, "those who were disconnected", func() bool { return b.Stats().Connections == 0 })
	b.Reconfigure(allowAll(Config{MaxConnections: 1}))
	dial(t, url, nil).awaitKind(client.EventReady)
	if got := dial(t, url, nil).awaitClose(); got != core.CloseOverloaded {
		t.Errorf("a second connection: closed with %d", got)
	}
}

// TestReconfigureOfMemory: who holds more than may be by now is disconnected, without anybody having to hold yet more.
func TestReconfigureOfMemory(t *testing.T) {
	b, url := startBridge(t, allowAll(Config{Log: quiet}))
	p := dial(t, url, nil)
	push := p.open(core.PUSH, "tcp://127.0.0.1:1", "")
	p.send(push, strings.Repeat("x", 8<<20))
	waitFor(t, "what the client has sent", func() bool { return b.Stats().MemoryHeld > 8<<20 })
	b.Reconfigure(allowAll(Config{Memory: 4 << 20}))
	if got := p.awaitClose(); got != core.CloseOverloaded {
		t.Errorf("closed with %d", got)
	}
}
