package heap

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Go's runtime keeps the memory of a flood for minutes after it, for the next one: without allocations there is no garbage
// collection, and what one has freed goes back slowly. In a bridge that is quiet it is given back soon.
const (
	quietCheck = 2 * time.Second
	quietBytes = 2 << 20 // allocated since the last check, at most; a bridge with a few pages allocates less
	smallBytes = 8 << 20 // a process that holds no more than this is left alone; one that has just begun holds less
)

// To give back costs the time to look at all that lives, so where that is much it is not done as often, and not soon again
// where there was nothing to be had.
const (
	liveASecond = 32 << 20
	worthwhile  = 1 << 20 // given back at once: there may be more; a pool needs two collections to be emptied
	longRest    = 15 * time.Second
	longestRest = 2 * time.Minute // after which Go's runtime collects garbage anyway
)

// GiveBack gives memory back while the bridge is quiet. It runs until ctx ends. account is how much is held for clients: when that has
// become less, it is time. So it is when there has been more to do than in a quiet bridge. Otherwise there is less and less to be had.
func GiveBack(ctx context.Context, account func() int) {
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	before, next, accounted, rest := readMemory(), time.Now(), 0, time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := readMemory()
		if !now.isQuiet(before) {
			rest = 0
			if soon := time.Now().Add(longRest); soon.Before(next) {
				next = soon
			}
		} else if held := account(); !time.Now().Before(next) || held+worthwhile < accounted {
			if held+worthwhile < accounted {
				rest = 0
			}
			after := giveBackNow()
			rest = after.rest(now, rest)
			next, accounted = time.Now().Add(rest), held
			now = after
		}
		before = now
	}
}

// giveBackNow gives back what there is, and returns what is left.
func giveBackNow() memory {
	debug.FreeOSMemory()
	if readMemory().free > stuckBytes {
		loosen()
		debug.FreeOSMemory()
	}
	return readMemory()
}

// memory is what the runtime says of itself.
type memory struct {
	allocated uint64 // since the start
	held      uint64 // from the system now
	released  uint64 // given back to it
	free      uint64 // of that, what is not used for anything
	live      uint64 // what the last collection has found to be alive
	books     uint64 // what the runtime notes of the heap; it grows with the heap, and is never given back
}

// isQuiet tells whether little has happened since before, and there may be something to give back.
func (m memory) isQuiet(before memory) bool {
	return m.allocated-before.allocated <= quietBytes && m.held > smallBytes
}

// rest is for how long nothing more is to be given back, when before there was so much, and the last rest was so long; 0: something
// has happened since, and two collections may find more than one.
func (m memory) rest(before memory, last time.Duration) time.Duration {
	if m.held+worthwhile > before.held || last > 0 {
		return min(max(2*last, longRest), longestRest)
	}
	return min(time.Duration(m.live)*time.Second/liveASecond, longRest)
}

func readMemory() memory {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/free:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/metadata/mspan/free:bytes"}, {Name: "/memory/classes/metadata/mspan/inuse:bytes"},
		{Name: "/memory/classes/metadata/other:bytes"}}
	metrics.Read(samples)
	value := func(i int) uint64 { return samples[i].Value.Uint64() }
	return memory{allocated: value(0), held: value(1) - value(2), released: value(2), free: value(3), live: value(4),
		books: value(5) + value(6) + value(7)}
}

// Limit is from where on the garbage collector spends more time to keep the process small: what may be held for clients,
// and an eighth for what the bridge needs besides and for garbage; somewhat less when that is little. The system counts more
// than the collector does: the program itself, and what is allocated while a collection is under way.
func Limit(memory config.Size) int64 {
	m := int64(memory)
	return max(m+m/16, min(m+m/8, m+m*3/10-programSize))
}

// programSize is what a process has in memory that is not Go's: its code.
const programSize = 24 << 20
