package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func newRep(t testing.TB, f *Factory) *RepGateway {
	t.Helper()
	g, err := f.Rep(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Release)
	return g
}

// serve attaches a server for the length of a test.
func serve(t testing.TB, g *RepGateway, identity string, h func(*Incoming)) (stop func()) {
	t.Helper()
	stop, err := g.Serve(identity, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return stop
}

// tagged answers with a name in front of the request.
func tagged(name string) func(*Incoming) {
	return func(in *Incoming) { in.Reply(append(text(name), in.Message...)) }
}

func startAsking(t *testing.T, g *RepGateway, args ...string) *python {
	t.Helper()
	return startPython(t, "req", append([]string{"--port", strconv.Itoa(int(g.Endpoint().Port))}, args...)...)
}

func exchange(t *testing.T, p *python, parts []string, want ...string) {
	t.Helper()
	p.tell(parts)
	if got := p.hear(); !slices.Equal(got, want) {
		t.Errorf("asked %q, got %q, want %q", parts, got, want)
	}
}

func TestRepLibzmqREQ(t *testing.T) {
	t.Parallel()
	g := newRep(t, newTestFactory(t, quick()))
	serve(t, g, "page1", tagged("one"))
	serve(t, g, "page2", tagged("two"))
	req := startAsking(t, g)

	// The 2012 way to reach one page: its identity comes last.
	exchange(t, req, []string{"hello", "page1"}, "one", "hello")
	exchange(t, req, []string{"hello", "page2"}, "two", "hello")
	exchange(t, req, []string{"a", "", "b", "page2"}, "two", "a", "", "b")

	// Everything else goes round, also an identity that stands alone.
	var names []string
	for range 4 {
		req.tell([]string{"page1"})
		names = append(names, req.hear()[0])
	}
	if names[0] == names[1] || names[0] != names[2] || names[1] != names[3] {
		t.Errorf("the requests went to %q", names)
	}
}

// TestRepKeepsEnvelopes: a DEALER, or a proxy, may put several ids in front.
func TestRepKeepsEnvelopes(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	serve(t, g, "", tagged("re"))
	dealer := startAsking(t, g, "--type", "DEALER")
	exchange(t, dealer, []string{"", "x"}, "", "re", "x")
	exchange(t, dealer, []string{"id1", "id2", "", "x", "", "y"}, "id1", "id2", "", "re", "x", "", "y")

	// A message without an envelope, or with nothing else, is no request.
	dealer.tell([]string{"no delimiter"})
	eventually(t, "dropped", func() bool { return f.Stats().Dropped[DropMalformed] == 1 })
}

func TestRepNobodyServes(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	p := dialFake(t, g.Endpoint())
	p.meet(1, "REQ")
	p.say(frame(flagMore, nil), frame(0, []byte("anybody?")))
	eventually(t, "dropped", func() bool { return f.Stats().Dropped[DropNoServer] == 1 })

	stop := serve(t, g, "", tagged("late"))
	p.say(frame(flagMore, nil), frame(0, []byte("now?")))
	wantWords(t, p.message(), "", "late", "now?")
	stop()
	stop()
	p.say(frame(flagMore, nil), frame(0, []byte("still?")))
	eventually(t, "dropped", func() bool { return f.Stats().Dropped[DropNoServer] == 2 })
}

func TestRepFullServersPass(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	for i := range 3 {
		serve(t, g, fmt.Sprint("full", i), (*Incoming).Pass)
	}
	p := dialFake(t, g.Endpoint())
	p.meet(1, "REQ")
	p.say(frame(flagMore, nil), frame(0, []byte("x")))
	p.say(frame(flagMore, nil), frame(flagMore, []byte("x")), frame(0, []byte("full1")))
	eventually(t, "both dropped", func() bool { return f.Stats().Dropped[DropNoServer] == 2 })
	serve(t, g, "", tagged("free"))
	for range 4 {
		p.say(frame(flagMore, nil), frame(0, []byte("x")))
		wantWords(t, p.message(), "", "free", "x")
	}
}

func TestRepIdentities(t *testing.T) {
	t.Parallel()
	g := newRep(t, newTestFactory(t, quick()))
	stop := serve(t, g, "me", (*Incoming).Pass)
	_, err := g.Serve("me", (*Incoming).Pass)
	wantCode(t, err, core.Conflict)
	serve(t, g, "", (*Incoming).Pass)
	serve(t, g, "", (*Incoming).Pass)
	stop()
	serve(t, g, "me", (*Incoming).Pass)
}

func TestRepReplies(t *testing.T) {
	t.Parallel()
	g := newRep(t, newTestFactory(t, Config{Limits: Limits{MaxMessage: 100}}))
	requests := make(chan *Incoming, 2)
	serve(t, g, "", func(in *Incoming) { requests <- in })
	p := dialFake(t, g.Endpoint())
	p.meet(1, "REQ")
	p.say(frame(flagMore, nil), frame(0, []byte("first")))
	p.say(frame(flagMore, nil), frame(0, []byte("second")))
	first, second := await(t, "a request", requests), await(t, "a request", requests)

	wantCode(t, first.Reply(nil), core.Invalid)
	wantCode(t, first.Reply(core.Message{make([]byte, 101)}), core.TooLarge)
	wantCode(t, first.Reply(text("ok")), core.OK)
	wantCode(t, first.Reply(text("again")), core.Invalid)
	wantWords(t, p.message(), "", "ok")
	p.Close()
	eventually(t, "the backend is gone", func() bool { return g.listener.env.counters.peersUp.Load() == 0 })
	wantCode(t, second.Reply(text("too late")), core.Lost)
}

func TestRepAddressInUse(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	_, err := f.Pub(g.Endpoint())
	wantCode(t, err, core.Conflict)
	_, err = f.Rep(core.Endpoint{Transport: "tcp", Host: "192.0.2.1", Port: 1}) // TEST-NET-1: not an address of this machine
	wantCode(t, err, core.Unavailable)
	if s := f.Stats(); s.RepGateways != 1 || s.PubGateways != 0 {
		t.Errorf("failed gateways are kept: %+v", s)
	}
}

func TestListenerBoundsItsPeers(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, Config{MaxPeers: 2})
	g := newRep(t, f)
	serve(t, g, "", tagged("re"))
	peers := []fakePeer{dialFake(t, g.Endpoint()), dialFake(t, g.Endpoint())}
	for _, p := range peers {
		p.meet(1, "REQ")
	}
	dialFake(t, g.Endpoint()).hungUp()
	if n := f.Stats().Dropped[DropTooMany]; n != 1 {
		t.Errorf("%d connections dropped, want 1", n)
	}
	peers[0].Close()
	eventually(t, "a place is free", func() bool { return len(g.listener.places) == 1 })
	p := dialFake(t, g.Endpoint())
	p.meet(1, "REQ")
	p.say(frame(flagMore, nil), frame(0, []byte("x")))
	wantWords(t, p.message(), "", "re", "x")
}
