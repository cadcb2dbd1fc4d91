package server

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// publishToNobodyWhoReads has a page publish to two subscribers that do not read, until so much waits on its way to backends.
func publishToNobodyWhoReads(t *testing.T, b *Bridge, waits int) {
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	g := newGlutton(t, b, 0)
	g.open(1, core.PUB, core.FlagBind, address, 0)
	g.hear(core.KindOpened)
	g.hear(core.KindCredit)
	for range 2 {
		deaf(t, address, gatewaytest.Hello("SUB"), gatewaytest.Frame(0, []byte{1}))
	}
	waitFor(t, "the subscriptions", func() bool {
		g.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, 100<<10)}})
		return b.Stats().Memory["sending"] > waits
	})
}

// answerNobodyWhoReads has a page answer a backend that does not read, likewise.
func answerNobodyWhoReads(t *testing.T, b *Bridge, waits int) {
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	g := newGlutton(t, b, 0)
	g.open(1, core.REP, core.FlagBind, address, 0)
	g.hear(core.KindOpened)
	request := gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, []byte("id")), gatewaytest.Frame(gatewaytest.FlagMore, nil),
		gatewaytest.Frame(0, []byte("ask")))
	backend := deaf(t, address, gatewaytest.Hello("DEALER"))
	waitFor(t, "the answers to wait", func() bool {
		backend.Write(request)
		f := g.hear(core.KindRequest)
		g.say(core.Frame{Kind: core.KindReply, Socket: 1, ID: f.ID, Parts: core.Message{make([]byte, 100<<10)}})
		return b.Stats().Memory["sending"] > waits
	})
}

// deaf connects to where the bridge listens, says something, and reads nothing.
func deaf(t *testing.T, address string, says ...[]byte) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	conn.Write(gatewaytest.Join(says...))
	return conn
}

// lastValuesOf has a publisher whose last values are kept.
func lastValuesOf(t *testing.T, b *Bridge) {
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	pub, sub := newGlutton(t, b, 0), newGlutton(t, b, 0)
	pub.open(1, core.PUB, core.FlagBind, address, 0)
	pub.hear(core.KindOpened)
	sub.open(1, core.SUB, 0, address, 0)
	sub.say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("t")})
	sub.hear(core.KindSubscribed)
	for n := range 150 {
		pub.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{fmt.Appendf(nil, "t%d", n), make([]byte, 100<<10)}})
		waitFor(t, "the message", func() bool { return b.Stats().Memory["last_values"] > n*100<<10 })
	}
}

// TestLastValuesAreOnTheAccount, which is nobody's, and has a part of the memory; and of nobody else's, though a client has
// them all waiting: it has a queue of its own.
func TestLastValuesAreOnTheAccount(t *testing.T) {
	b := New(allowAll(Config{Log: quiet, HWM: 1, Memory: 64 * MiB, MaxQueued: 16 * MiB, Gateway: gateway.Config{LastValues: 1000}}))
	t.Cleanup(b.Close)
	before := liveHeap()
	lastValuesOf(t, b)
	heap, s := 0, Stats{}
	waitFor(t, "account and heap to agree", func() bool {
		heap, s = liveHeap()-before, b.Stats()
		return heap < s.MemoryHeld*13/10 && heap > s.MemoryHeld*7/10
	})
	if kept := s.Memory["last_values"]; kept < 14*MiB || kept > 16*MiB {
		t.Errorf("%d bytes of last values", kept)
	}
}

// TestAnswersForBackendsThatAreBehind are dropped when much waits for the sake of a page, long before a queue is full or the
// page has all that it may hold; and others are answered.
func TestAnswersForBackendsThatAreBehind(t *testing.T) {
	b := New(allowAll(Config{Log: quiet, RetainBytes: 2 * MiB}))
	t.Cleanup(b.Close)
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	g := newGlutton(t, b, 0)
	g.open(1, core.REP, core.FlagBind, address, 0)
	g.hear(core.KindOpened)
	request := gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, []byte("id")), gatewaytest.Frame(gatewaytest.FlagMore, nil),
		gatewaytest.Frame(0, []byte("ask")))
	answer := func() {
		f := g.hear(core.KindRequest)
		g.say(core.Frame{Kind: core.KindReply, Socket: 1, ID: f.ID, Parts: core.Message{make([]byte, 100<<10)}})
	}
	slow := deaf(t, address, gatewaytest.Hello("DEALER"))
	waitFor(t, "an answer to be dropped", func() bool {
		slow.Write(request)
		answer()
		return b.Stats().Dropped > 0
	})
	if held := b.Stats().Memory["sending"]; held < MiB || held > 2*MiB {
		t.Errorf("%d bytes of answers are held", held)
	}
	ep, err := core.ParseEndpoint(address)
	if err != nil {
		t.Fatal(err)
	}
	quick := gatewaytest.DialPeer(t, ep)
	quick.Meet(1, "DEALER")
	for range 5 {
		quick.Say(request)
		answer()
		if m := quick.Message(); len(m) != 3 || len(m[2]) != 100<<10 {
			t.Fatalf("answered with %d parts", len(m))
		}
	}
	slow.Close()
	waitFor(t, "the answers to be given back", func() bool { return b.Stats().Memory["sending"] == 0 })
}
