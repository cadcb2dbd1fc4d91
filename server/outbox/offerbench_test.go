package outbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// BenchmarkOffer is the way of a SUB message through the bridge's queues: into a lane, and from there into a batch.
func BenchmarkOffer(b *testing.B) {
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
			r := newRig(b, settings{})
			test.subscribe(r)
			body := core.EncodeBody(core.Message{[]byte("topic"), make([]byte, test.size)})
			var batch []byte
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.q.Offer(&Entry{Body: body, Size: test.size + 5})
				if i%50 == 49 {
					r.q.messages, r.q.bytes = core.MaxCredit, core.MaxCredit
					r.now += time.Millisecond
					r.o.Fill(r.now, r.engine)
					batch = r.engine.Take(batch[:0], r.now)
				}
			}
		})
	}
}
