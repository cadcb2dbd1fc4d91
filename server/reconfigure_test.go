package server

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestReconfigure: limits of numbers are for what comes from then on, those of rates and memory for who is there, too.
func TestReconfigure(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// TestReconfigureOfMessages: a session that is resumed may send what it was told when it began, however small the new limit is.
func TestReconfigureOfMessages(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	b, url := startBridge(t, allowAll(Config{Log: quiet, MaxMessage: 8 << 20}))
	p := dial(t, url, nil)
	req := p.open(core.REQ, echo.address(), "")
	p.awaitKind(client.EventOpened)
	b.Reconfigure(allowAll(Config{MaxMessage: 1 << 20}))
	p.cut()
	waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
	p.redial(url, nil)
	p.awaitKind(client.EventResumed)
	if got := p.request(req, strings.Repeat("x", 7<<20)); got.Kind != client.EventReply || len(got.parts[0]) != 7<<20 {
		t.Errorf("the answer is %v", got.Kind)
	}
	if welcome, _ := hello(t, url, nil, "", nil); welcome.Limit >= 2<<20 {
		t.Errorf("a new client is told of %d bytes", welcome.Limit)
	}
}

// TestReconfigureOfRetain: a session is kept for as long as it was told, and a new one by the new Config.
func TestReconfigureOfRetain(t *testing.T) {
	t.Parallel()
	b, url := startBridge(t, allowAll(Config{Log: quiet}))
	p := dial(t, url, nil)
	p.open(core.SUB, "tcp://127.0.0.1:1", "", "a")
	p.awaitKind(client.EventDown)
	b.Reconfigure(allowAll(Config{NoResume: true}))
	p.cut()
	waitFor(t, "the cut to be noticed", func() bool { return b.Stats().Waiting == 1 })
	p.redial(url, nil)
	p.awaitKind(client.EventResumed)
	if welcome, _ := hello(t, url, nil, "", nil); len(welcome.Name) != 0 || welcome.Retain != 0 {
		t.Errorf("Welcome %+v", welcome)
	}
	b.Reconfigure(allowAll(Config{Retain: 7 * time.Second}))
	if welcome, _ := hello(t, url, nil, "", nil); len(welcome.Name) == 0 || welcome.Retain != 7000 {
		t.Errorf("Welcome %+v", welcome)
	}
}

// TestReconfigureOfLastValues: they are kept from the next time on that the bridge subscribes.
func TestReconfigureOfLastValues(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	cfg.Gateway.IdleClose = time.Millisecond
	b, url := startHTTP(t, cfg)
	cfg.Gateway.LastValues = 10
	b.Reconfigure(cfg)
	l := listen(t, url+"/sub/feed?as=text")
	pub.write([]string{"fx.EURUSD", "1.1"})
	l.wants("data: 1.1")
	if got := askHTTP(t, "GET", url+"/last/feed?topic=fx.", ""); got.status != 200 || got.body != "1.1" {
		t.Errorf("%d %s", got.status, got.body)
	}
}
