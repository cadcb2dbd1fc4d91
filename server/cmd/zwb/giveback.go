package main

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
	quietCheck = 15 * time.Second
	quietBytes = 16 << 20 // allocated since the last check, at most; a bridge with a few pages allocates less
	smallBytes = 18 << 20 // a process that holds no more than this is left alone; one that has just begun holds 14 MiB
)

// giveBackMemory runs until ctx ends.
func giveBackMemory(ctx context.Context) {
	tick := time.NewTicker(quietCheck)
	defer tick.Stop()
	before := readMemory()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := readMemory()
		if now.isQuiet(before) {
			debug.FreeOSMemory()
			now = readMemory()
		}
		before = now
	}
}

// memory is what the runtime says of itself.
type memory struct {
	allocated uint64 // since the start
	held      uint64 // from the system now
}

// isQuiet tells whether little has happened since before, and there may be something to give back.
func (m memory) isQuiet(before memory) bool {
	return m.allocated-before.allocated <= quietBytes && m.held > smallBytes
}

func readMemory() memory {
	samples := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return memory{allocated: samples[0].Value.Uint64(), held: samples[1].Value.Uint64() - samples[2].Value.Uint64()}
}

// heapLimit is from where on the garbage collector spends more time to keep the process small: what may be held for clients,
// and an eighth for what the bridge needs besides and for garbage; somewhat less when that is little. The system counts more
// than the collector does: the program itself, and what is allocated while a collection is under way.
func heapLimit(memory config.Size) int64 {
	m := int64(memory)
	return max(m+m/16, min(m+m/8, m+m*3/10-programSize))
}

// programSize is what a process has in memory that is not Go's: its code.
const programSize = 24 << 20
