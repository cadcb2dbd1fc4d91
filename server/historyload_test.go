package server

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// numbers checks that messages follow on one another, from the one after last, and returns the last one.
func numbers(t *testing.T, seen []string, last int) int {
	t.Helper()
	for _, s := range seen {
		switch {
		case s == "subscribed", strings.HasPrefix(s, "(recovered"):
			continue
		case strings.HasPrefix(s, "("):
			t.Fatalf("%s after %d", s, last)
		}
		n, err := strconv.Atoi(strings.TrimLeft(s, "ab"))
		if err != nil || n != last+1 {
			t.Fatalf("%s after %d", s, last)
		}
		last = n
	}
	return last
}

// TestHistoryUnderLoad: subscribers come, read for a while and leave, over and over, while 10,000 messages a second go by.
// Put together they have each message once, and in order.
func TestHistoryUnderLoad(t *testing.T) {
	const total = 30_000
	for _, window := range []int{20, 1000} {
		t.Run(fmt.Sprint("window ", window), func(t *testing.T) {
			t.Parallel()
			pub := startNumbered(t, 0)
			_, url := startBridge(t, keeping(gateway.History{Messages: 50_000}))
			first := readFrom(t, url, pub.address(), readOptions{window: window, prefixes: []string{"a", "b", "b"}})
			first.sees("subscribed")
			pub.begin(total, map[string]any{"rate": 10_000}, "a", "b")
			last, visits := 0, 0
			for r := first; ; visits++ {
				enough := last + 300 + 100*(visits%7)
				r.until("messages", func([]string) bool { return r.last >= min(enough, total) })
				r.leave()
				last = numbers(t, r.seen, last)
				if last == total {
					break
				}
				p, _ := r.client.Position(r.socket, 1)
				if p.Offset != uint64(last) {
					t.Fatalf("stands at %v after message %d", p, last)
				}
				r = readFrom(t, url, pub.address(), readOptions{window: window, prefixes: []string{"a", "b", "b"}, since: p})
			}
			pub.done()
			if visits < 20 {
				t.Errorf("only %d visits", visits)
			}
		})
	}
}

// TestSlowRecovery: a client with a small window gets 10,000 messages that it missed, and costs no more than its window.
func TestSlowRecovery(t *testing.T) {
	const missed, window = 10_000, 10
	pub := startNumbered(t, 0)
	config := keeping(gateway.History{Messages: 2 * missed})
	config.NoResume = true // what would be kept for the first visitor is not what this is about
	b, url := startBridge(t, config)
	p := visit(t, url, pub, readOptions{}, missed)
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == missed+3 })
	r := readFrom(t, url, pub.address(), readOptions{since: p, window: window, paused: true})
	r.until("a window", func([]string) bool { return r.last == 3+window })
	pub.publish(100, "a")
	waitFor(t, "the first visitor to be gone", func() bool { return b.Stats().Sockets == 1 })
	if n := b.Stats().Queued; n > window {
		t.Errorf("%d messages are queued", n)
	}
	r.resume()
	r.until("the last message", func([]string) bool { return r.last == 3+missed+100 })
	numbers(t, r.seen, 3)
	if want := fmt.Sprintf("(recovered %d)", missed); !strings.Contains(r.line(), want) {
		t.Errorf("no %s", want)
	}
	pub.publish(1, "a")
	r.until("a live message", func([]string) bool { return r.last == 3+missed+101 })
}

// TestRecoveryIsLapped: who is too slow even for that is told how much it lost, and then has all there is.
func TestRecoveryIsLapped(t *testing.T) {
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Messages: 100}))
	p := visit(t, url, pub, readOptions{}, 50)
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 53 })
	r := readFrom(t, url, pub.address(), readOptions{since: p, window: 10, paused: true})
	r.until("a window", func([]string) bool { return r.last == 13 })
	pub.publish(500, "a") // 54 to 553: 454 to 553 are kept
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.MessagesIn == 553 })
	r.resume()
	r.sees("a553")
	if line, want := r.line(), "a13 (gap 440 busy) a454 a455"; !strings.Contains(line, want) {
		t.Errorf("no %s in %.500s", want, line)
	}
	if n := b.Stats().Dropped; n != 440 {
		t.Errorf("%d dropped", n)
	}
}

// TestHistoryMemory: what a publisher sends is kept within the bound, whoever reads it.
func TestHistoryMemory(t *testing.T) {
	const bound = 4 << 20
	pub := startNumbered(t, 0)
	b, url := startBridge(t, keeping(gateway.History{Bytes: bound}))
	first := readFrom(t, url, pub.address(), readOptions{prefixes: []string{"b"}})
	first.sees("subscribed")
	before := heapInUse()
	pub.begin(10_000, map[string]any{"size": 2000}, "a")
	pub.done()
	waitFor(t, "the messages", func() bool { return b.Stats().Gateway.MessagesIn == 10_000 })
	s := b.Stats().Gateway
	if used := heapInUse() - before; used > bound+bound/2 || s.HistoryBytes > bound || s.HistoryBytes < bound*9/10 {
		t.Errorf("%d messages, said to take %d bytes, take %d", s.HistoryMessages, s.HistoryBytes, used)
	}
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
