package pubsub

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// BenchmarkPrefixes: what a message costs does not depend on how many prefixes its publisher is asked for (BENCHMARKS.md).
func BenchmarkPrefixes(b *testing.B) {
	for _, count := range []int{10, 1000, 100_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			config := zmtp.Config{}.WithDefaults()
			f := NewFeed(&config, Options{})
			var got tally
			x := f.Attach(&got)
			for i := range count {
				if err := x.Subscribe(fmt.Appendf(nil, "topic.%06d.", i), nil); err != nil {
					b.Fatal(err)
				}
			}
			m := core.Message{fmt.Appendf(nil, "topic.%06d.price", count/2), make([]byte, 64)}
			b.ReportAllocs()
			for b.Loop() {
				f.Receive(m)
			}
			if got != tally(b.N) {
				b.Errorf("%d of %d came", got, b.N)
			}
		})
	}
}

// tally counts what it is given.
type tally int

func (n *tally) Deliver(p burst.Part) { *n += tally(p.Count()) }
