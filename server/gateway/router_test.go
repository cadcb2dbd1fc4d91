package gateway

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestRouterRoutingIDs: the identity a peer brings, or one that is generated as libzmq does.
func TestRouterRoutingIDs(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, anyPort)
	named := startPeer(t, "DEALER", p.Endpoint(), "--identity", "worker 1")
	nameless := startPeer(t, "DEALER", p.Endpoint())

	named.tell([]string{"hello"})
	wantWords(t, in.next(t), "worker 1", "hello")
	nameless.tell([]string{"hi", ""})
	got := in.next(t)
	id := got[0]
	if len(id) != 5 || id[0] != 0 {
		t.Errorf("generated the routing id %q", id)
	}
	wantMessage(t, got[1:], text("hi", ""))

	send(t, p, string(id), "to the nameless")
	send(t, p, "worker 1", "to the worker", "")
	wantMessage(t, nameless.hearMessage(), text("to the nameless"))
	wantMessage(t, named.hearMessage(), text("to the worker", ""))

	// To nobody, and to one that has gone.
	left := make(chan struct{}, 1)
	if err := p.Send(text("worker 2", "x"), func() { left <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	await(t, "it has left", left)
	named.kill()
	eventually(t, "dropped", func() bool {
		send(t, p, "worker 1", "x")
		return f.Stats().Dropped[DropNoRoute] >= 2
	})
	wantCode(t, p.Send(text("worker 1"), nil), core.Invalid)
}

// TestRouterConnects: the routing id of a peer holds for one connection.
func TestRouterConnects(t *testing.T) {
	t.Parallel()
	dealer := startPeer(t, "DEALER", core.Endpoint{})
	f := newTestFactory(t, quick())
	p, in := dialPort(t, f, core.ROUTER, dealer.endpoint())
	dealer.tell([]string{"hello"})
	first := in.next(t)[0]
	dealer.kill()
	eventually(t, "it is gone", func() bool { return !p.Ready() })
	dealer = bindPeer(t, "DEALER", dealer.endpoint())
	dealer.tell([]string{"hello"})
	second := in.next(t)[0]
	if slices.Equal(first, second) {
		t.Errorf("both connections have the id %q", first)
	}
	send(t, p, string(first), "to nobody")
	send(t, p, string(second), "hi")
	wantMessage(t, dealer.hearMessage(), text("hi"))
}

// TestRouterIdentityInUse: an identity belongs to the first who brings it, until he goes.
func TestRouterIdentityInUse(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, anyPort)
	first := startPeer(t, "DEALER", p.Endpoint(), "--identity", "me")
	first.tell([]string{"first"})
	wantWords(t, in.next(t), "me", "first")
	second := dialFake(t, p.Endpoint())
	second.meetAs("DEALER", "me")
	second.hungUp()
	long := dialFake(t, p.Endpoint())
	long.meetAs("DEALER", strings.Repeat("x", 300))
	long.hungUp()
	first.tell([]string{"still here"})
	wantWords(t, in.next(t), "me", "still here")
	first.kill()
	eventually(t, "it is gone", func() bool { return !p.Ready() })
	third := startPeer(t, "DEALER", p.Endpoint(), "--identity", "me")
	third.tell([]string{"third"})
	wantWords(t, in.next(t), "me", "third")
}

// meetAs is meet with a routing id.
func (f fakePeer) meetAs(socketType, identity string) {
	f.t.Helper()
	f.read(make([]byte, greetingSize))
	f.say(greeting(1))
	f.frame()
	f.say(readyAs(socketType, identity))
}

// readyAs is ready with a routing id.
func readyAs(socketType, identity string) []byte {
	var body []byte
	for _, property := range [][2]string{{"Socket-Type", socketType}, {"Identity", identity}} {
		body = append(append(body, byte(len(property[0]))), property[0]...)
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(property[1]))), property[1]...)
	}
	return command("READY", body...)
}

// TestRouterSlowPeer: what is too much for one peer is dropped, and does not hold up the answers to others.
func TestRouterSlowPeer(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{Heartbeat: -1, HWM: 10})
	p, in := bindPort(t, f, core.ROUTER, anyPort)
	slow := dialFake(t, p.Endpoint())
	slow.meetAs("DEALER", "slow")
	good := startPeer(t, "DEALER", p.Endpoint(), "--identity", "good")
	good.tell([]string{"hello"})
	in.next(t)
	body := string(make([]byte, 100_000))
	eventually(t, "dropped", func() bool {
		send(t, p, "slow", body)
		return f.Stats().Dropped[DropSlowPeer] > 0
	})
	send(t, p, "good", "hi")
	wantMessage(t, good.hearMessage(), text("hi"))
}

// TestRouterMostParts: with its routing id a message still has no more parts than any may have.
func TestRouterMostParts(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	p, in := bindPort(t, f, core.ROUTER, anyPort)
	peer := dialFake(t, p.Endpoint())
	peer.meet(1, "DEALER")
	for range core.MaxParts - 2 {
		peer.say(frame(flagMore, nil))
	}
	peer.say(frame(0, nil))
	if n := len(in.next(t)); n != core.MaxParts {
		t.Errorf("%d parts, want %d", n, core.MaxParts)
	}
	for range core.MaxParts {
		peer.say(frame(flagMore, nil))
	}
	peer.hungUp()
}
