//go:build long

package attack

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestPageThatReadsNothing: what waits for it is bounded, what does not fit is dropped and told, and in the end it is disconnected, though it goes
// on saying that it is there. Another subscriber of the same has all that it takes.
func TestPageThatReadsNothing(t *testing.T) {
	t.Parallel()
	const deaf, credit, hwm, size = 5, 8 * mebibyte, 50, 16 << 10
	const dropped = `zwb_dropped_messages_total{reason="drop-newest"}`
	message := strings.Repeat("x", size)
	b := start(t, fmt.Sprintf("endpoints:\n  echo: {type: REQ, address: '%s'}\n  feed: {type: SUB, address: '%s', hwm: %d}\n", echo(t),
		publisher(t, message, message, message, message, message), hwm), nil)
	more := core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1000, Bytes: credit}
	subscribe := []core.Frame{{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("feed")}, more, {Kind: core.KindSubscribe, Socket: 1, ID: 1}}
	began := time.Now()
	door := b.door()
	door.Opened = func(conn net.Conn) { conn.(*net.TCPConn).SetReadBuffer(4 << 10) }
	var pages []*intruder.Intruder
	for range deaf {
		v := door.Join()
		if v == nil {
			t.Fatal("nobody comes in")
		}
		defer v.Close()
		v.Say(subscribe...)
		pages = append(pages, v)
	}
	until(t, "messages are dropped", func() bool { return b.metric(dropped) > 10*hwm*deaf })
	if bytes := b.held("zwb_memory_bytes{"); bytes > deaf*(credit+2*hwm*size) {
		t.Errorf("%v bytes wait for them", bytes)
	}
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		reader := b.enter("")
		few := core.Frame{Kind: core.KindCredit, Socket: 1, Messages: hwm, Bytes: credit}
		reader.Say(subscribe[0], few, subscribe[2])
		for n := range hwm {
			if reader.Hear(core.KindMessage) == nil {
				t.Fatalf("another subscriber has %d messages, and %v", n, reader.End())
			}
		}
		before := b.metric(dropped)
		until(t, "more has come than may wait for it, too", func() bool { return b.metric(dropped) > before+4*hwm*(deaf+1) })
		if reader.Say(few); reader.Hear(core.KindGap) == nil {
			t.Error("another subscriber is not told what it has missed: ", reader.End())
		}
		reader.Close()
		for end := began.Add(3 * patience); b.metric("zwb_connections") > 1; time.Sleep(100 * time.Millisecond) {
			for _, v := range pages {
				v.Say(core.Frame{Kind: core.KindPing, ID: 1})
			}
			if time.Now().After(end) {
				t.Fatal("they are still there: ", b.metric("zwb_connections"))
			}
		}
	})
	if took := time.Since(began); took < 15*time.Second {
		t.Errorf("they are disconnected after %v already", took)
	}
}
