package server

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// startTwo are two publishers behind the name "feed", of whose messages a bridge keeps a history.
func startTwo(t *testing.T) (a, b *numbered, bridge *Bridge, url string) {
	t.Helper()
	a, b = startNumbered(t, 0), startNumbered(t, 0)
	bridge, url = startBridge(t, keepingNamed(names{"feed": {a.address(), b.address()}}))
	return a, b, bridge, url
}

// keepingNamed is a bridge that keeps the history of what has a name.
func keepingNamed(n names) Config {
	cfg := n.config()
	cfg.Log = quiet
	cfg.Gateway.BackoffMin, cfg.Gateway.BackoffMax = 5*time.Millisecond, 50*time.Millisecond
	cfg.Gateway.History = func(core.Endpoint) gateway.History { return gateway.History{Messages: 100} }
	return cfg
}

// of is what was seen of one topic, without what is said of all.
func (r *reader) of(topic string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(r.line()), func(s string) bool { return !strings.HasPrefix(s, topic) }), " ")
}

// wantsOf waits for the last of some messages of a topic, and checks that there were these.
func (r *reader) wantsOf(topic, want string) {
	r.t.Helper()
	r.sees(want[strings.LastIndexByte(want, ' ')+1:])
	if got := r.of(topic); got != want {
		r.t.Errorf("of %s %q was seen, want %q", topic, got, want)
	}
}

// all is all that was seen.
func (r *reader) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// between tells whether something was seen behind one thing and before another.
func (r *reader) between(first, last, what string) bool {
	_, behind, found := strings.Cut(" "+r.line()+" ", " "+first+" ")
	within, _, ended := strings.Cut(behind, " "+last+" ")
	return found && ended && strings.Contains(within, what)
}

// TestHistoryOfTwoPublishers: what is behind one name is one stream with one history, whoever published it.
func TestHistoryOfTwoPublishers(t *testing.T) {
	t.Parallel()
	a, b, bridge, url := startTwo(t)
	first := readFrom(t, url, "feed", readOptions{})
	first.sees("subscribed")
	a.publish(2, "a")
	b.publish(2, "b")
	first.wantsOf("a", "a1 a2")
	first.wantsOf("b", "b1 b2")
	waitFor(t, "a position", func() bool { return first.position().Offset == 4 })
	p := first.position()
	first.leave()

	a.publish(2, "a")
	b.publish(2, "b")
	waitFor(t, "the history", func() bool { return bridge.Stats().Gateway.HistoryMessages == 8 })
	second := readFrom(t, url, "feed", readOptions{since: p})
	second.wantsOf("a", "a3 a4")
	second.wantsOf("b", "b3 b4")
	if line := second.line(); !strings.HasPrefix(line, "(recovered 4) ") || strings.Contains(line, "gap") {
		t.Errorf("seen %q", line)
	}
	if got := second.position(); got.Epoch != p.Epoch || got.Offset != 8 {
		t.Errorf("from %v to %v", p, got)
	}
	if s := bridge.Stats().Gateway; s.SubGateways != 1 || s.LinksUp != 2 {
		t.Errorf("%d gateways with %d connections", s.SubGateways, s.LinksUp)
	}
}

// TestOneOfTwoPublishersIsAway: the other one is heard meanwhile, and what is missing is told to whoever could miss it.
func TestOneOfTwoPublishersIsAway(t *testing.T) {
	t.Parallel()
	a, b, bridge, url := startTwo(t)
	stays := readFrom(t, url, "feed", readOptions{})
	stays.sees("subscribed")
	a.publish(1, "a")
	b.publish(1, "b")
	stays.wantsOf("a", "a1")
	stays.wantsOf("b", "b1")
	waitFor(t, "a position", func() bool { return stays.position().Offset == 2 })
	p := stays.position()

	b.kill()
	holes := func(n uint64) func() bool { return func() bool { return bridge.Stats().Gateway.HistoryHoles == n } }
	waitFor(t, "the hole", holes(1))
	a.publish(2, "a")
	stays.wantsOf("a", "a1 a2 a3")
	during := readFrom(t, url, "feed", readOptions{since: p})
	during.wants("(gap 0 unavailable) a2 a3")

	b = startNumbered(t, b.port)
	b.next = 10
	waitFor(t, "the other publisher to be back", holes(2))
	b.publish(2, "b")
	a.publish(1, "a")
	for _, r := range []*reader{stays, during} {
		r.wantsOf("b", map[bool]string{true: "b1 b10 b11", false: "b10 b11"}[r == stays])
		r.sees("a4")
		if !r.between("a3", "b10", "(gap 0 unavailable)") {
			t.Errorf("nothing is said to be missing: %s", r.line())
		}
	}
	stays.wantsOf("a", "a1 a2 a3 a4")
	if slices.Contains(stays.all(), "down") {
		t.Errorf("down, though one publisher was there")
	}
	after := readFrom(t, url, "feed", readOptions{since: p})
	after.wantsOf("a", "a2 a3 a4")
	after.wantsOf("b", "b10 b11")
	behind := readFrom(t, url, "feed", readOptions{since: after.position()})
	behind.wants("(recovered 0)")
}

// TestBothPublishersAreAway: the endpoint is down when all are, and up as soon as one is back.
func TestBothPublishersAreAway(t *testing.T) {
	t.Parallel()
	a, b, _, url := startTwo(t)
	r := readFrom(t, url, "feed", readOptions{})
	r.sees("subscribed")
	a.kill()
	b.kill()
	r.sees("down")
	again := len(r.all())
	a = startNumbered(t, a.port)
	r.until("up again", func(seen []string) bool { return slices.Contains(seen[again:], "up") })
	a.publish(1, "a")
	r.wants("(gap 0 unavailable) a1")
}

// TestOnePublisherNeverCame: who is there is heard, and a subscription does not wait for the other.
func TestOnePublisherNeverCame(t *testing.T) {
	t.Parallel()
	a := startNumbered(t, 0)
	port := freePort(t)
	bridge, url := startBridge(t, keepingNamed(names{"feed": {"tcp://127.0.0.1:" + strconv.Itoa(port), a.address()}}))
	r := readFrom(t, url, "feed", readOptions{})
	r.sees("subscribed")
	a.publish(1, "a")
	r.wants("a1")
	late := startNumbered(t, port)
	waitFor(t, "the late one", func() bool { return bridge.Stats().Gateway.HistoryHoles == 1 })
	late.publish(1, "b")
	r.wants("a1 (gap 0 unavailable) b1")
}

// TestHistoryOfTwoPublishersUnderLoad: subscribers come, read for a while and leave, while both publish as fast as one reader can
// be interrupted by the other. Put together they have each message once, and in the order of its publisher.
func TestHistoryOfTwoPublishersUnderLoad(t *testing.T) {
	t.Parallel()
	const total = 10_000
	a, b := startNumbered(t, 0), startNumbered(t, 0)
	cfg := keepingNamed(names{"feed": {a.address(), b.address()}})
	cfg.Gateway.History = func(core.Endpoint) gateway.History { return gateway.History{Messages: 50_000} }
	_, url := startBridge(t, cfg)
	r := readFrom(t, url, "feed", readOptions{})
	r.sees("subscribed")
	a.begin(total, map[string]any{"rate": 5000}, "a")
	b.begin(total, map[string]any{"rate": 5000}, "b")
	last, visits := map[string]int{}, 0
	for last["a"] < total || last["b"] < total {
		enough := 500 + 100*(visits%7)
		r.until("messages", func(seen []string) bool {
			return len(seen) >= enough || last["a"]+last["b"]+len(seen) >= 2*total
		})
		r.leave()
		for _, seen := range r.all() {
			if seen == "subscribed" || strings.HasPrefix(seen, "(recovered") {
				continue
			}
			topic := seen[:1]
			if n, err := strconv.Atoi(seen[1:]); err != nil || n != last[topic]+1 {
				t.Fatalf("%s after %v", seen, last)
			}
			last[topic]++
		}
		p := r.position()
		if int(p.Offset) != last["a"]+last["b"] {
			t.Fatalf("stands at %v after %v", p, last)
		}
		visits++
		r = readFrom(t, url, "feed", readOptions{since: p})
	}
	a.done()
	b.done()
	if visits < 10 {
		t.Errorf("only %d visits", visits)
	}
}

// TestXSUBOfTwoPublishers: it gets what both publish once, and what it sends reaches both.
func TestXSUBOfTwoPublishers(t *testing.T) {
	t.Parallel()
	a, b, bridge, url := startTwo(t)
	first := readFrom(t, url, "feed", readOptions{typ: core.XSUB})
	first.sees("subscribed")
	a.publish(1, "a")
	b.publish(1, "b")
	first.wantsOf("a", "a1")
	first.wantsOf("b", "b1")
	waitFor(t, "a position", func() bool { return first.position().Offset == 2 })
	p := first.position()
	first.leave()
	a.publish(2, "a")
	b.publish(2, "b")
	waitFor(t, "the history", func() bool { return bridge.Stats().Gateway.HistoryMessages == 6 })
	second := readFrom(t, url, "feed", readOptions{typ: core.XSUB, since: p})
	second.wantsOf("a", "a2 a3")
	second.wantsOf("b", "b2 b3")
	if line := second.line(); !strings.HasPrefix(line, "(recovered 4) ") {
		t.Errorf("seen %q", line)
	}
}

// TestMorePublishersBehindAName: sockets that are open hear a publisher that is added, and go on without one that is taken away.
func TestMorePublishersBehindAName(t *testing.T) {
	for _, typ := range []core.SocketType{core.SUB, core.XSUB} {
		t.Run(typ.String(), func(t *testing.T) { morePublishers(t, typ) })
	}
}

func morePublishers(t *testing.T, typ core.SocketType) {
	a, b := startNumbered(t, 0), startNumbered(t, 0)
	var now atomic.Pointer[[]string]
	cfg := keepingNamed(names{"feed": {}})
	cfg.Named = func(string) (Named, bool) { return Named{Addresses: len(*now.Load())}, true }
	cfg.Gateway.Resolve = func(name core.Endpoint) (core.Endpoint, error) {
		if name.Nth < len(*now.Load()) {
			return core.ParseAddress((*now.Load())[name.Nth])
		}
		return core.Endpoint{}, core.NewError(core.Unavailable, "gone")
	}
	now.Store(&[]string{a.address()})
	bridge, url := startBridge(t, cfg)
	first := readFrom(t, url, "feed", readOptions{typ: typ})
	first.sees("subscribed")
	a.publish(1, "a")
	first.wants("a1")
	p := first.position()
	first.leave()
	r := readFrom(t, url, "feed", readOptions{typ: typ, since: p})
	r.sees("subscribed")
	r.wants("(recovered 0)")

	goTo := func(addresses ...string) {
		t.Helper()
		now.Store(&addresses)
		bridge.Moved("feed")
		bridge.Judge(t.Context())
		links := len(addresses)
		if typ == core.XSUB { // which has one of its own to each
			links *= 2
		}
		waitFor(t, "the connections", func() bool {
			e := bridge.Endpoints()[0]
			return e.Backends == links && e.Up == links && bridge.Stats().Gateway.LinksUp == int64(links)
		})
	}
	hears := func(pub *numbered, topic string) {
		t.Helper()
		waitFor(t, topic, func() bool {
			pub.publish(1, topic)
			return strings.Contains(r.line(), " "+topic)
		})
	}
	goTo(a.address(), b.address())
	hears(a, "both-a")
	hears(b, "both-b")
	if got := r.position(); got.Epoch != p.Epoch {
		t.Errorf("from %v to %v", p, got)
	}
	goTo(b.address())
	hears(b, "stays")
	goTo(b.address(), a.address())
	hears(a, "again")
}
