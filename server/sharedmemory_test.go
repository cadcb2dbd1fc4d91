package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const (
	sharedMessage  = 32 << 10
	sharedMessages = 150
	sharedBytes    = sharedMessage * sharedMessages
)

// followers has so many pages subscribe to one publisher, with so much credit, and it publish. They acknowledge nothing.
func followers(t *testing.T, b *Bridge, count int, credit uint64) (all []*glutton) {
	t.Helper()
	address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	pub := newGlutton(t, b, 0)
	pub.open(1, core.PUB, core.FlagBind, address, 0)
	pub.hear(core.KindOpened)
	for range count {
		g := newGlutton(t, b, 0)
		g.say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte(address), Messages: credit, Bytes: credit << 10})
		g.say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
		g.hear(core.KindSubscribed)
		all = append(all, g)
	}
	for n := range sharedMessages {
		pub.say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, sharedMessage)}})
		waitFor(t, "a message to arrive", func() bool {
			s := b.Stats()
			return s.Queued+int(s.Messages) >= count*(n+1)
		})
	}
	return all
}

// TestSlowFollowersOfOneFeed: what many pages wait for is kept once, and counts once for all together. So they are not
// disconnected for want of memory that is there, and all of it is off the books when the last of them has gone.
func TestSlowFollowersOfOneFeed(t *testing.T) {
	const pages, memory = 60, 32 * MiB
	for name, credit := range map[string]uint64{"without credit": 0, "with credit, not acknowledging": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			b := New(allowAll(Config{Log: quiet, Memory: memory, Retain: time.Millisecond}))
			t.Cleanup(b.Close)
			before := liveHeap()
			all := followers(t, b, pages, credit)
			heap, s := liveHeap()-before, b.Stats()
			if asCopies := pages * sharedBytes; asCopies < 5*memory || s.SessionsShed > 0 || s.Dropped > 0 {
				t.Errorf("of %d bytes %d messages were dropped; %d pages were disconnected", asCopies, s.Dropped, s.SessionsShed)
			}
			if heap > memory || heap > s.MemoryHeld*13/10 {
				t.Errorf("the heap has %.1f MiB, the account %.1f: %v", float64(heap)/MiB, float64(s.MemoryHeld)/MiB, s.Memory)
			}
			shared := s.Memory["shared"]
			if shared < sharedBytes || shared > sharedBytes*12/10 {
				t.Errorf("%d bytes are shared, of %d", shared, sharedBytes)
			}
			for n, g := range all {
				if now := b.Stats().Memory["shared"]; now != shared {
					t.Fatalf("%d bytes are shared when %d have gone", now, n)
				}
				g.cut()
				waitFor(t, "a page to leave", func() bool { return b.Stats().Connections == int64(pages-n) })
			}
			waitFor(t, "all to be given back", func() bool { return b.Stats().Memory["shared"] == 0 })
		})
	}
}
