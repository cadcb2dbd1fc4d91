package gateway

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

func newRep(t testing.TB, f *Factory) *RepGateway {
	t.Helper()
	return Held[*RepGateway](t)(f.Rep(AnyPort))
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
	return func(in *Incoming) { in.Reply(append(Text(name), in.Message...)) }
}

func startAsking(t *testing.T, g *RepGateway, args ...string) *Python {
	t.Helper()
	return StartPython(t, "req", append([]string{"--port", strconv.Itoa(int(g.Endpoint().Port))}, args...)...)
}

func exchange(t *testing.T, p *Python, parts []string, want ...string) {
	t.Helper()
	p.Tell(parts)
	if got := p.Hear(); !slices.Equal(got, want) {
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
		req.Tell([]string{"page1"})
		names = append(names, req.Hear()[0])
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
	dealer.Tell([]string{"no delimiter"})
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.Malformed] == 1 })
}

func TestRepNobodyServes(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "REQ")
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("anybody?")))
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.NoServer] == 1 })

	stop := serve(t, g, "", tagged("late"))
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("now?")))
	WantWords(t, p.Message(), "", "late", "now?")
	stop()
	stop()
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("still?")))
	Eventually(t, "dropped", func() bool { return f.Stats().Dropped[drop.NoServer] == 2 })
}

func TestRepFullServersPass(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	for i := range 3 {
		serve(t, g, fmt.Sprint("full", i), (*Incoming).Pass)
	}
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "REQ")
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("x")))
	p.Say(Frame(FlagMore, nil), Frame(FlagMore, []byte("x")), Frame(0, []byte("full1")))
	Eventually(t, "both dropped", func() bool { return f.Stats().Dropped[drop.NoServer] == 2 })
	serve(t, g, "", tagged("free"))
	for range 4 {
		p.Say(Frame(FlagMore, nil), Frame(0, []byte("x")))
		WantWords(t, p.Message(), "", "free", "x")
	}
}

func TestRepIdentities(t *testing.T) {
	t.Parallel()
	g := newRep(t, newTestFactory(t, quick()))
	stop := serve(t, g, "me", (*Incoming).Pass)
	_, err := g.Serve("me", (*Incoming).Pass)
	WantCode(t, err, core.Conflict)
	serve(t, g, "", (*Incoming).Pass)
	serve(t, g, "", (*Incoming).Pass)
	stop()
	serve(t, g, "me", (*Incoming).Pass)
}

func TestRepReplies(t *testing.T) {
	t.Parallel()
	g := newRep(t, newTestFactory(t, Config{Limits: zmtp.Limits{MaxMessage: 100}}))
	requests := make(chan *Incoming, 2)
	serve(t, g, "", func(in *Incoming) { requests <- in })
	p := DialPeer(t, g.Endpoint())
	p.Meet(1, "REQ")
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("first")))
	p.Say(Frame(FlagMore, nil), Frame(0, []byte("second")))
	first, second := Await(t, "a request", requests), Await(t, "a request", requests)

	WantCode(t, first.Reply(nil), core.Invalid)
	WantCode(t, first.Reply(core.Message{make([]byte, 101)}), core.TooLarge)
	WantCode(t, first.Reply(Text("ok")), core.OK)
	WantCode(t, first.Reply(Text("again")), core.Invalid)
	WantWords(t, p.Message(), "", "ok")
	p.Close()
	Eventually(t, "the backend is gone", func() bool { return g.counters.PeersUp.Load() == 0 })
	WantCode(t, second.Reply(Text("too late")), core.Lost)
}

func TestRepAddressInUse(t *testing.T) {
	t.Parallel()
	f := newTestFactory(t, quick())
	g := newRep(t, f)
	_, err := f.Pub(g.Endpoint())
	WantCode(t, err, core.Conflict)
	_, err = f.Rep(core.Endpoint{Transport: "tcp", Host: "192.0.2.1", Port: 1}) // TEST-NET-1: not an address of this machine
	WantCode(t, err, core.Unavailable)
	if s := f.Stats(); s.RepGateways != 1 || s.PubGateways != 0 {
		t.Errorf("failed gateways are kept: %+v", s)
	}
}
