package bench

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// shard is what some of the clients have seen. There are several, so that clients do not wait for each other.
type shard struct {
	delivered atomic.Uint64 // messages or replies since the beginning

	mu      sync.Mutex
	counted uint64 // those that were sent in the time that is measured
	failed  uint64 // requests that were answered by an error
	strange uint64 // what nobody has asked for
	missed  uint64 // messages that the bridge says are missing
	latency *hdrhistogram.Histogram
	_       [64]byte
}

// The histogram holds up to a minute, in microseconds, to three digits.
const (
	longest = int64(time.Minute / time.Microsecond)
	digits  = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, digits) }

// record takes a latency in nanoseconds. The lock is held.
func (s *shard) record(latency int64) {
	s.latency.RecordValue(min(max(latency/int64(time.Microsecond), 1), longest)) // which is never out of range
}
