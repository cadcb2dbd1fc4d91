package burst

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestHoldersAreToldOnce what a Burst takes, whoever comes and goes, and what encodings come in the meantime.
func TestHoldersAreToldOnce(t *testing.T) {
	var b Builder
	for range 50 {
		b.Add(core.Message{make([]byte, 1000)}, 0, 60_000)
	}
	burst := b.Take()
	var all atomic.Int64
	var holders sync.WaitGroup
	for n := range 20 {
		holders.Go(func() {
			for i := range 100 {
				if n%2 == 0 {
					burst.Frames(uint32(1+(n+i)%5), 0, 0, 10)
				}
				all.Add(int64(burst.Hold()))
				all.Add(int64(burst.Release()))
			}
		})
	}
	first := burst.Hold()
	all.Add(int64(first))
	holders.Wait()
	all.Add(int64(burst.Hold()))
	if all.Load() != int64(burst.size) || burst.size < 5*50_000 || burst.size > 5*60_000 {
		t.Errorf("holders were told of %d bytes, it has %d", all.Load(), burst.size)
	}
	all.Add(int64(burst.Release()))
	all.Add(int64(burst.Release()))
	if all.Load() != 0 {
		t.Errorf("nobody holds it, and they were told of %d bytes", all.Load())
	}
}
