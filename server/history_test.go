package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// visit is a subscriber that hears of messages 1 to 3, leaves, and misses some.
func visit(t *testing.T, url string, pub *numbered, o readOptions, missed int) core.Position {
	t.Helper()
	first := readFrom(t, url, pub.address(), o)
	first.sees("subscribed")
	pub.publish(3, "a")
	first.sees("a3")
	p := first.position()
	first.leave()
	pub.publish(missed, "a")
	return p
}

func TestHistoryGivesBackWhatWasMissed(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	p := visit(t, url, pub, readOptions{}, 4)
	if p.Offset != 3 || p.Epoch == "" {
		t.Fatalf("the first stood at %v", p)
	}
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 7 })
	second := readFrom(t, url, pub.address(), readOptions{since: p})
	second.wants("(recovered 4) a4 a5 a6 a7")
	pub.publish(1, "a")
	second.wants("(recovered 4) a4 a5 a6 a7 a8")
	if p := second.position(); p.Offset != 8 {
		t.Errorf("the second stands at %v", p)
	}
	if s := b.Stats(); s.Replayed != 4 || s.Gateway.HistoryBytes == 0 {
		t.Errorf("stats: %d replayed, %d bytes", s.Replayed, s.Gateway.HistoryBytes)
	}

	// Who comes for the first time gets nothing of the past.
	third := readFrom(t, url, pub.address(), readOptions{})
	third.sees("subscribed")
	pub.publish(1, "a")
	third.wants("a9")
}

func TestHistoryIsTooShort(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prefixes []string
		params   string
		want     string
	}{
		"everything":         {nil, "", "(gap 2 lost) a6 a7"},
		"a prefix":           {[]string{"a"}, "", "(gap 0 lost) a6 a7"},
		"overlapping ones":   {[]string{"a", "", "aa"}, "", "(gap 2 lost) a6 a7"},
		"a substring":        {nil, `{"msgfilter":"7"}`, "(gap 0 lost) a7"},
		"nothing that there": {[]string{"b"}, "", "(gap 0 lost) b8"},
	} {
		t.Run(name, func(t *testing.T) {
			pub := startNumbered(t, 0)
			b, url := startBridge(t, keeping(gateway.History{Messages: 2}))
			p := visit(t, url, pub, readOptions{}, 4)
			waitFor(t, "the history", func() bool { return b.Stats().Gateway.MessagesIn == 7 })
			second := readFrom(t, url, pub.address(), readOptions{since: p, prefixes: test.prefixes, params: test.params})
			second.sees("(gap " + strings.Fields(test.want)[1] + " lost)")
			if strings.Contains(test.want, "b8") {
				second.sees("subscribed")
				pub.publish(1, "b")
			}
			second.wants(test.want)
		})
	}
}

// TestHistoryOfAnotherEpoch: a bridge that was started anew has a past of its own.
func TestHistoryOfAnotherEpoch(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	_, before := startBridge(t, keeping(gateway.History{Messages: 100}))
	p := visit(t, before, pub, readOptions{}, 4)
	_, after := startBridge(t, keeping(gateway.History{Messages: 100}))
	second := readFrom(t, after, pub.address(), readOptions{since: p})
	second.wants("(gap 0 lost)")
	second.sees("subscribed")
	pub.publish(2, "a")
	second.wants("(gap 0 lost) a8 a9")
	now := second.position()
	if now.Epoch == p.Epoch || now.Offset != 2 {
		t.Errorf("from %v to %v", p, now)
	}
	second.leave()
	pub.publish(1, "a")
	// What it has of its own epoch it gives to who comes with a position of the one before.
	third := readFrom(t, after, pub.address(), readOptions{since: p})
	third.wants("(gap 0 lost) a8 a9 a10")
}

// TestHistoryHasAHole: what the backend publishes while the bridge cannot hear it is missing, and said to be.
func TestHistoryHasAHole(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, freePort(t))
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	p := visit(t, url, pub, readOptions{}, 1)
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 4 })
	port := pub.port
	pub.kill()
	waitFor(t, "the hole", func() bool { return b.Stats().Gateway.HistoryHoles == 1 })
	during := readFrom(t, url, pub.address(), readOptions{since: p})
	during.wants("a4 (gap 0 unavailable)")

	pub = startNumbered(t, port)
	pub.next = 10
	waitFor(t, "the bridge is back", func() bool { return b.Stats().Gateway.HistoryHoles == 2 })
	pub.publish(2, "a")
	during.wants("a4 (gap 0 unavailable) a10 a11")
	after := readFrom(t, url, pub.address(), readOptions{since: p})
	after.wants("a4 (gap 0 unavailable) a10 a11")
	behind := readFrom(t, url, pub.address(), readOptions{since: during.position()})
	behind.sees("subscribed")
	pub.publish(1, "a")
	behind.wants("(recovered 0) a12")
}

func TestHistoryOfTwoPrefixes(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	prefixes := []string{"aa", "b", "a", "a"}
	p := visit(t, url, pub, readOptions{prefixes: prefixes}, 1)
	pub.publish(9, "b", "aa", "c")
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 13 })
	second := readFrom(t, url, pub.address(), readOptions{since: p, prefixes: prefixes})
	second.wants("(recovered 7) a4 b5 aa6 b8 aa9 b11 aa12")
	second.until("four answers", func(seen []string) bool {
		return strings.Count(strings.Join(seen, " "), "subscribed") == len(prefixes)
	})
	pub.publish(3, "aa", "c", "b")
	second.wants("(recovered 7) a4 b5 aa6 b8 aa9 b11 aa12 aa14 b16")
}

// TestHistoryOfAQuietTopic: who hears little is told where it stands, so that the ring may go round meanwhile.
func TestHistoryOfAQuietTopic(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	_, url := startBridge(t, keeping(gateway.History{Messages: 10}))
	first := readFrom(t, url, pub.address(), readOptions{prefixes: []string{"rare"}})
	first.sees("subscribed")
	pub.publish(1, "rare")
	first.sees("rare1")
	pub.publish(100, "noise")
	waitFor(t, "a position", func() bool { return first.position().Offset == 101 })
	p := first.position()
	first.leave()
	pub.publish(4, "noise", "rare")
	second := readFrom(t, url, pub.address(), readOptions{since: p, prefixes: []string{"rare"}})
	second.sees("rare105")
	if line := second.line(); !strings.HasPrefix(line, "(recovered ") || !strings.HasSuffix(line, "rare103 rare105") {
		t.Errorf("seen %q", line)
	}
}

// TestHistoryWithoutAMessage: who was here and got nothing can all the same say since when.
func TestHistoryWithoutAMessage(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	_, url := startBridge(t, keeping(gateway.History{Messages: 10}))
	first := readFrom(t, url, pub.address(), readOptions{})
	first.sees("subscribed")
	p := first.position()
	if p.Epoch == "" || p.Offset != 0 {
		t.Fatalf("stands at %v", p)
	}
	first.leave()
	pub.publish(2, "a")
	second := readFrom(t, url, pub.address(), readOptions{since: p})
	second.sees("a2")
	if line := second.line(); !strings.HasPrefix(line, "(recovered ") || !strings.HasSuffix(line, " a1 a2") && line != "(recovered 0) a1 a2" {
		t.Errorf("seen %q", line)
	}
}

// TestNoHistory: who asks for the past where none is kept is told so, and goes on.
func TestNoHistory(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.SUB, core.XSUB} {
		t.Run(typ.String(), func(t *testing.T) {
			pub := startNumbered(t, 0)
			_, url := startBridge(t, allowAll(Config{}))
			r := readFrom(t, url, pub.address(), readOptions{typ: typ, since: core.Position{Epoch: "e", Offset: 7}})
			r.wants("(gap 0 lost)")
			r.sees("subscribed")
			pub.publish(1, "a")
			r.wants("(gap 0 lost) a1")
		})
	}
}

func TestHistoryOfAnXSUB(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	p := visit(t, url, pub, readOptions{typ: core.XSUB}, 4)
	if p.Offset != 3 {
		t.Fatalf("the first stood at %v", p)
	}
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 7 })
	second := readFrom(t, url, pub.address(), readOptions{typ: core.XSUB, since: p})
	second.wants("(recovered 4) a4 a5 a6 a7")
	pub.publish(1, "a")
	second.wants("(recovered 4) a4 a5 a6 a7 a8")
}

// TestHoldWithoutRecover: nothing is delivered, and nothing is queued.
func TestHoldWithoutRecover(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	conn := dialFrames(t, url)
	conn.send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Flags: core.FlagRecover, Messages: 1000, Bytes: 1 << 20,
		Text: []byte(pub.address())},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	conn.await(core.KindSubscribed)
	pub.publish(50, "a")
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 50 })
	if got := b.Stats(); got.Sockets != 1 || got.Queued != 0 || got.QueuedBytes != 0 {
		t.Errorf("%d sockets, %d messages, %d bytes are queued", got.Sockets, got.Queued, got.QueuedBytes)
	}
	conn.send(core.Frame{Kind: core.KindRecover, Socket: 1, ID: 1, Name: []byte("another"), Offset: 1},
		core.Frame{Kind: core.KindRecover, Socket: 1, ID: 1, Name: []byte("another"), Offset: 1}) // which is ignored
	var got []string
	for range 52 {
		f := conn.next()
		got = append(got, fmt.Sprint(f.Kind, " ", f.Offset))
	}
	if got[0] != "Gap 0" || got[1] != "Position 0" || got[2] != "Publication 1" || got[51] != "Publication 50" {
		t.Errorf("answered with %v", got)
	}
	pub.publish(1, "a")
	if f := conn.next(); f.Kind != core.KindPublication || f.Offset != 51 {
		t.Errorf("then %v %d", f.Kind, f.Offset)
	}
}

func TestMalformedRecover(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	for name, test := range map[string]struct {
		typ      core.SocketType
		endpoint uint64
	}{
		"endpoint 0":             {core.SUB, 0},
		"an unknown endpoint":    {core.SUB, 2},
		"an unknown one of XSUB": {core.XSUB, 1 << 40},
		"REQ":                    {core.REQ, 1},
		"PULL":                   {core.PULL, 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, url := startBridge(t, allowAll(Config{Log: quiet}))
			conn := dialFrames(t, url)
			conn.send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: test.typ, Text: []byte(rep.address())},
				core.Frame{Kind: core.KindRecover, Socket: 1, ID: test.endpoint})
			if got := conn.awaitClose(); got != core.CloseState {
				t.Errorf("closed with %d", got)
			}
		})
	}
}

// TestRecoverOfARefusedEndpoint: the refusal was the answer.
func TestRecoverOfARefusedEndpoint(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	conn := dialFrames(t, url)
	conn.send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("nonsense")},
		core.Frame{Kind: core.KindRecover, Socket: 1, ID: 1},
		core.Frame{Kind: core.KindRecover, Socket: 1, ID: 1},
		core.Frame{Kind: core.KindOpen, Socket: 2, ID: 1, Type: core.SUB, Text: []byte("nonsense")})
	conn.await(core.KindRefused)
	if f := conn.next(); f.Kind != core.KindRefused || f.Socket != 2 {
		t.Errorf("then %v of socket %d", f.Kind, f.Socket)
	}
}

// TestHistoryWithConflation: where messages do not leave in order, places are told when nothing waits.
func TestHistoryWithConflation(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	_, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	o := readOptions{terms: client.SubscribeOptions{Overflow: core.Conflate}}
	first := readFrom(t, url, pub.address(), o)
	first.sees("subscribed")
	pub.publish(3, "a", "b", "c")
	first.sees("c3")
	waitFor(t, "a position", func() bool { return first.position().Offset == 3 })
	o.since = first.position()
	first.leave()
	pub.publish(3, "a", "b", "c")
	second := readFrom(t, url, pub.address(), o)
	second.sees("c6")
	if line := second.line(); !strings.HasSuffix(line, "a4 b5 c6") {
		t.Errorf("seen %q", line)
	}
}
