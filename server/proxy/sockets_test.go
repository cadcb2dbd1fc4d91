package proxy

import (
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// BenchmarkSockets: what a message for one socket of a client costs does not depend on how many others the client has
// (BENCHMARKS.md).
func BenchmarkSockets(b *testing.B) {
	for _, count := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			basin, feed := newBasin(b), newFeed()
			c := basin.sink()
			others := newFeed() // which says nothing
			basin.subscribe(c, 1, feed)
			for number := range count - 1 {
				basin.subscribe(c, uint32(number)+2, others)
			}
			c.hush()
			m := core.Message{make([]byte, 64)}
			b.ReportAllocs()
			for b.Loop() {
				feed.Receive(m)
			}
		})
	}
}
