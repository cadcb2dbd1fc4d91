package stream_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestStoreIsTooSlow: what there is no room for while NATS is away is counted, and a gap where it is missing. What came last is there, in
// order and once.
func TestStoreIsTooSlow(t *testing.T) {
	const messages, memory = 2000, 1 << 20
	nats := natstest.Start(t, 1)
	pub := startPublisher(t)
	b := startBridge(t, nats.URLs(), pub.Endpoint(), func(c *gateway.Config) { c.Memory = func(core.Endpoint) int64 { return memory } })
	at := b.listen(t, "")
	say := func(from, to int) {
		for n := from; n < to; n++ {
			if err := pub.Publish(core.Message{fmt.Appendf(nil, "m%d", n), make([]byte, 1000)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	say(0, 10)
	wait.For(t, "the first ones", func() bool { return strings.Count(at.line(), "m") == 10 })
	nats.Kill(0)
	for n := 10; n < messages; n += 100 { // not more at once than the publisher keeps
		say(n, min(n+100, messages))
		wait.For(t, "the bridge to hear it", func() bool { return b.Stats().MessagesIn >= uint64(min(n+100, messages)) })
	}
	if held := b.Stats().HistoryBytes; held > memory*3/4+64<<10 {
		t.Errorf("%d bytes are held", held)
	}
	unstored := int(b.Stats().HistoryUnstored)
	if unstored < messages/2 {
		t.Errorf("%d messages were not stored", unstored)
	}
	nats.Restart(0)
	last := fmt.Sprintf("m%d@", messages-1)
	wait.For(t, "the last one", func() bool { return strings.Contains(at.line(), last) })
	next, told := 0, false
	for _, word := range strings.Fields(at.line()) {
		if strings.HasPrefix(word, "gap") {
			told = true
			continue
		}
		n, err := strconv.Atoi(word[1:strings.Index(word, "@")])
		if err != nil || n < next || n > next && !told {
			t.Fatalf("%s where %d is next, %v", word, next, err)
		}
		next, told = n+1, false
	}
}
