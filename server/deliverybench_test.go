package server

import (
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// BenchmarkDeliver is the way of a SUB message through the bridge's queues: into a lane, and from there into a batch.
func BenchmarkDeliver(b *testing.B) {
	every := func(o core.Overflow, interval time.Duration, prefixes int) func(*rig) {
		return func(r *rig) {
			for i := range prefixes {
				r.subscribe(uint64(i+1), fmt.Sprint("t", i), o, interval)
			}
			r.subscribe(uint64(prefixes+1), "topic", o, interval)
		}
	}
	for _, test := range []struct {
		name      string
		subscribe func(*rig)
		size      int
	}{
		{"default, 16 bytes", every(core.OverflowDefault, 0, 0), 16},
		{"default, 1024 bytes", every(core.OverflowDefault, 0, 0), 1024},
		{"drop-oldest", every(core.DropOldest, 0, 0), 16},
		{"drop-oldest, 1000 subscriptions", every(core.DropOldest, 0, 1000), 16},
		{"conflate", every(core.Conflate, 0, 0), 16},
		{"rate", every(core.OverflowDefault, 50*time.Millisecond, 0), 16},
	} {
		b.Run(test.name, func(b *testing.B) {
			r := newRig(b, Config{})
			test.subscribe(r)
			body := core.EncodeBody(core.Message{[]byte("topic"), make([]byte, test.size)})
			var batch []byte
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.s.deliver(r.k, &outgoing{body: body, size: test.size + 5})
				if i%50 == 49 {
					r.s.mu.Lock()
					r.k.outbox.messages, r.k.outbox.bytes = core.MaxCredit, core.MaxCredit
					r.now += time.Millisecond
					r.s.fill(r.now)
					batch = r.s.engine.Take(batch[:0], r.now)
					r.s.mu.Unlock()
				}
			}
		})
	}
}
