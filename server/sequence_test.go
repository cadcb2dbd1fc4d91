package server

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// counting is a bridge that follows the count of publishers, whose messages have a number in their second part.
func counting(h gateway.History, perTopic bool) Config {
	cfg := keeping(h)
	cfg.Gateway.Sequence = func(core.Endpoint) gateway.Sequence {
		return gateway.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}, PerTopic: perTopic}
	}
	return cfg
}

// numbers publishes messages with these numbers, of one topic.
func (n *numbered) numbers(topic string, numbers ...int) {
	n.t.Helper()
	for _, number := range numbers {
		n.next = number
		n.publish(1, topic)
	}
}

// TestSourceLoss: what never came is told where it is missing, with its number.
func TestSourceLoss(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefixes []string
		perTopic bool
		topics   []string // of the messages, in turn
		numbers  []int
		want     string
	}{
		"nothing is lost":           {nil, false, []string{"a"}, []int{5, 6, 7}, "a5 a6 a7"},
		"a jump":                    {nil, false, []string{"a"}, []int{5, 9, 10}, "a5 (gap 3 lost) a9 a10"},
		"a repeat":                  {nil, false, []string{"a"}, []int{5, 5, 6, 6, 7}, "a5 a6 a7"},
		"the count begins anew":     {nil, false, []string{"a"}, []int{5, 6, 0, 1}, "a5 a6 (gap 0 lost) a0 a1"},
		"the same number":           {nil, false, []string{"a", "b"}, []int{5, 5, 6}, "a5 (gap 0 lost) b5 a6"},
		"to some":                   {[]string{"a"}, false, []string{"a", "b", "b"}, []int{5, 6, 8, 9, 10}, "a5 (gap 0 lost) a9"},
		"to some, nothing":          {[]string{"a"}, false, []string{"a", "b", "b"}, []int{5, 6, 7, 8, 9}, "a5 a8"},
		"everything and some":       {[]string{"a", ""}, false, []string{"a", "b"}, []int{5, 8, 9}, "a5 (gap 2 lost) b8 a9"},
		"per topic":                 {nil, true, []string{"a", "b"}, []int{5, 1, 9, 2}, "a5 b1 (gap 3 lost) a9 b2"},
		"per topic, to some":        {[]string{"a"}, true, []string{"a", "b"}, []int{5, 1, 9, 7, 10}, "a5 (gap 3 lost) a9 a10"},
		"per topic, of others":      {[]string{"b"}, true, []string{"a", "b"}, []int{5, 1, 9, 2}, "b1 b2"},
		"per topic, a repeat":       {nil, true, []string{"a", "b"}, []int{5, 5, 5, 6, 6, 7}, "a5 b5 b6 a6 b7"},
		"per topic, it begins anew": {nil, true, []string{"a", "b"}, []int{5, 5, 0, 6}, "a5 b5 (gap 0 lost) a0 b6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pub := startNumbered(t, 0)
			_, url := startBridge(t, counting(gateway.History{}, test.perTopic))
			r := readFrom(t, url, pub.address(), readOptions{prefixes: test.prefixes})
			r.until("every answer", func(seen []string) bool { return timesOf(seen, "subscribed") == max(1, len(test.prefixes)) })
			for i, number := range test.numbers {
				pub.numbers(test.topics[i%len(test.topics)], number)
			}
			r.wants(test.want)
		})
	}
}

// TestCountForXSUB: one hears of it, too, and has no connection of its own.
func TestCountForXSUB(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	_, url := startBridge(t, counting(gateway.History{}, false))
	r := readFrom(t, url, pub.address(), readOptions{typ: core.XSUB})
	r.sees("subscribed")
	pub.numbers("a", 5, 5, 9)
	r.wants("a5 (gap 3 lost) a9")
}

// TestCountsOfTwoPublishers: each behind one name has its own.
func TestCountsOfTwoPublishers(t *testing.T) {
	t.Parallel()
	a, b := startNumbered(t, 0), startNumbered(t, 0)
	cfg := keepingNamed(names{"feed": {a.address(), b.address()}})
	cfg.Gateway.Sequence = counting(gateway.History{}, false).Gateway.Sequence
	bridge, url := startBridge(t, cfg)
	r := readFrom(t, url, "feed", readOptions{})
	r.sees("subscribed")
	for _, n := range []int{5, 6} {
		a.numbers("a", n)
		r.sees(fmt.Sprint("a", n))
		b.numbers("b", n+100)
		r.sees(fmt.Sprint("b", n+100))
	}
	a.numbers("a", 9)
	r.wants("a5 b105 a6 b106 (gap 2 lost) a9")
	for _, e := range bridge.Endpoints() {
		if e.Name == "feed" && (e.Sequence == nil || *e.Sequence != gateway.Counted{Missing: 2}) {
			t.Errorf("%+v", e.Sequence)
		}
	}
}

func timesOf(seen []string, what string) (n int) {
	for _, s := range seen {
		if s == what {
			n++
		}
	}
	return n
}

// TestCountGoesOnAcrossReconnect: what the publisher says while the bridge cannot hear it is counted, and nothing else is said to be
// missing.
func TestCountGoesOnAcrossReconnect(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perTopic bool
		then     int // the first number after it
		want     string
	}{
		"nothing is lost":         {false, 7, "a5 a6 a7"},
		"some are":                {false, 10, "a5 a6 (gap 3 lost) a10"},
		"it begins anew":          {false, 1, "a5 a6 (gap 0 lost) a1"},
		"per topic, some are":     {true, 10, "a5 a6 (gap 0 unavailable) (gap 3 lost) a10"},
		"per topic, nothing is":   {true, 7, "a5 a6 (gap 0 unavailable) a7"},
		"it repeats what it said": {false, 6, "a5 a6 a7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pub := startNumbered(t, freePort(t))
			_, url := startBridge(t, counting(gateway.History{}, test.perTopic))
			r := readFrom(t, url, pub.address(), readOptions{})
			r.sees("subscribed")
			pub.numbers("a", 5, 6)
			r.sees("a6")
			pub.kill()
			r.sees("down")
			pub = startNumbered(t, pub.port)
			r.sees("up")
			pub.numbers("a", test.then)
			if test.then == 6 {
				pub.numbers("a", 7)
			}
			r.wants(test.want)
		})
	}
}

// TestHistoryKnowsSourceLoss: who comes back is told the same as who was there, and a history that lacks nothing has no hole.
func TestHistoryKnowsSourceLoss(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		perTopic bool
		prefixes []string
		want     string
	}{
		"everything":           {false, nil, "a7 (gap 3 lost) b11 a12"},
		"some":                 {false, []string{"a"}, "a7 (gap 0 lost) a12"},
		"per topic":            {true, nil, "a7 b11 (gap 4 lost) a12"},
		"per topic, to others": {true, []string{"b"}, "b11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pub := startNumbered(t, 0)
			b, url := startBridge(t, counting(gateway.History{Messages: 100}, test.perTopic))
			first := readFrom(t, url, pub.address(), readOptions{})
			first.sees("subscribed")
			pub.numbers("a", 5, 6)
			first.sees("a6")
			waitFor(t, "a position", func() bool { return first.position().Offset == 2 })
			p := first.position()
			pub.numbers("a", 7)
			pub.numbers("b", 11)
			pub.numbers("a", 12)
			first.sees("a12")
			waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 6 })
			second := readFrom(t, url, pub.address(), readOptions{since: p, prefixes: test.prefixes})
			second.wants(test.want)
			if holes := b.Stats().Gateway.HistoryHoles; holes != 1 {
				t.Errorf("%d holes", holes)
			}
		})
	}
}

// TestHistoryAcrossReconnectHasNoHole: the count says that nothing is missing.
func TestHistoryAcrossReconnectHasNoHole(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, freePort(t))
	b, url := startBridge(t, counting(gateway.History{Messages: 100}, false))
	first := readFrom(t, url, pub.address(), readOptions{})
	first.sees("subscribed")
	pub.numbers("a", 5, 6)
	first.sees("a6")
	waitFor(t, "a position", func() bool { return first.position().Offset == 2 })
	p := first.position()
	pub.kill()
	first.sees("down")
	pub = startNumbered(t, pub.port)
	first.sees("up")
	pub.numbers("a", 7)
	first.wants("a5 a6 a7")
	readFrom(t, url, pub.address(), readOptions{since: p}).wants("(recovered 1) a7")
	if holes := b.Stats().Gateway.HistoryHoles; holes != 0 {
		t.Errorf("%d holes", holes)
	}
}

// TestFillOverflows: when there is no room any more for what waits for what is missing, it is handed out, in order, with the gap.
func TestFillOverflows(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	replay, err := core.ParseAddress("tcp://" + silent.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cfg := counting(gateway.History{Messages: 20_000}, false)
	cfg.HWM = 20_000 // all of it, for it is handed out at once, and the page need not be that fast
	rule := cfg.Gateway.Sequence(core.Endpoint{})
	rule.Replay = access.Replay{Address: replay, Request: rule.Format}
	cfg.Gateway.Sequence = func(core.Endpoint) gateway.Sequence { return rule }
	pub := startNumbered(t, 0)
	b, url := startBridge(t, cfg)
	r := readFrom(t, url, pub.address(), readOptions{})
	r.sees("subscribed")
	pub.numbers("a", 5)
	r.sees("a5")
	pub.next = 7
	pub.publish(12_000, "a")
	waitFor(t, "all messages", func() bool { return b.Stats().Gateway.HistoryMessages == 12_002 }) // with the place where one is missing
	want := strings.Builder{}
	want.WriteString("a5 (gap 1 lost)")
	for number := 7; number <= 12_006; number++ {
		fmt.Fprintf(&want, " a%d", number)
	}
	r.wants(want.String())
	if counted := b.gateways.Counted()[""]; counted.Missing != 1 || counted.Filled != 0 {
		t.Errorf("%+v", counted)
	}
}

// TestTopicThatNobodyHeard: what is said of a topic while nobody is subscribed to it is not missed.
func TestTopicThatNobodyHeard(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	b, url := startBridge(t, counting(gateway.History{}, true))
	stays := readFrom(t, url, pub.address(), readOptions{prefixes: []string{"b"}})
	stays.sees("subscribed")
	for _, round := range []int{5, 20} {
		r := readFrom(t, url, pub.address(), readOptions{prefixes: []string{"a"}})
		r.sees("subscribed")
		pub.numbers("a", round, round+2)
		pub.numbers("b", round)
		want := fmt.Sprintf("a%d (gap 1 lost) a%d", round, round+2)
		r.wants(want)
		r.leave()
		waitFor(t, "nobody to be subscribed to the topic", func() bool { return b.Stats().Subscriptions == 1 })
		stays.sees(fmt.Sprint("b", round))
	}
	if got := stays.line(); got != "b5 (gap 14 lost) b20" {
		t.Errorf("of the other topic %q was seen", got)
	}
}

// TestMessageOverTheLimitIsCounted: it is told of as what it is, and not as missing besides.
func TestMessageOverTheLimitIsCounted(t *testing.T) {
	t.Parallel()
	for name, perTopic := range map[string]bool{"all": false, "per topic": true} {
		t.Run(name, func(t *testing.T) {
			cfg := counting(gateway.History{}, perTopic)
			cfg.Gateway.Limits.MaxFrame = 1 << 20
			pub := startNumbered(t, 0)
			_, url := startBridge(t, cfg)
			r := readFrom(t, url, pub.address(), readOptions{})
			r.sees("subscribed")
			pub.numbers("a", 5)
			pub.next = 7
			pub.begin(1, map[string]any{"size": 2 << 20}, "a")
			pub.done()
			pub.numbers("a", 8, 10)
			r.wants("a5 (gap 1 lost) (gap 1 too_large) a8 (gap 1 lost) a10")
		})
	}
}
