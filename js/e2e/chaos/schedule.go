package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// fault is one entry of a schedule.
type fault struct {
	at    time.Duration // when it happens, since the beginning of the run
	kind  kind
	time  time.Duration // how long it takes, for kinds that take time
	which int           // which of the backends it concerns
}

type kind uint8

const (
	cutRST kind = iota
	cutFIN
	cutWithin
	abandon
	stall
	corrupt
	slow
	narrow
	killBridge
	killBackend
	handOver
	halfOpen
	kinds
)

var kindNames = [kinds]string{"RST", "FIN", "RST within a chunk", "RST to the client alone", "stall, then RST", "corrupt byte",
	"delay", "throttle", "SIGKILL of the bridge", "SIGKILL of a backend", "SIGTERM, second bridge", "half-open until noticed"}

func (k kind) String() string { return kindNames[k] }

// cuts tells whether the fault ends a connection and nothing else.
func (k kind) cuts() bool { return k <= corrupt || k == halfOpen }

// plan says how long a run takes, and how many faults of each kind it has.
type plan struct {
	seed                                 uint64
	time                                 time.Duration
	clients                              int
	cuts, halfOpens                      int
	bridgeKills, backendKills, handOvers int
}

// weights say how often each fault of a connection happens, relative to the others.
var weights = []struct {
	kind   kind
	weight int
}{{cutRST, 30}, {cutFIN, 15}, {cutWithin, 25}, {abandon, 10}, {stall, 8}, {corrupt, 12}, {slow, 3}, {narrow, 3}}

// connections is the schedule of faults for the connections of one client. It is the same for the same seed.
func (p plan) connections(client int) (faults []fault) {
	random := rand.New(rand.NewPCG(p.seed, uint64(client)+1))
	cuts := p.cuts / p.clients
	if client < p.cuts%p.clients {
		cuts++
	}
	for cuts > 0 {
		f := fault{kind: draw(random), at: time.Duration(random.Int64N(int64(p.time))), time: spread(random, 300*time.Millisecond)}
		if f.kind.cuts() {
			cuts--
		}
		faults = append(faults, f)
	}
	for i := range p.halfOpens {
		if i%p.clients == client {
			faults = append(faults, fault{kind: halfOpen, at: p.time / 10})
		}
	}
	slices.SortFunc(faults, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return faults
}

// processes is the schedule of faults for the bridge and the backends, which happen one after the other.
func (p plan) processes() (faults []fault) {
	random := rand.New(rand.NewPCG(p.seed, 0))
	rare := func(k kind, count int) {
		for i := range count {
			faults = append(faults, fault{kind: k, which: i, time: spread(random, 300*time.Millisecond)})
		}
	}
	rare(killBridge, p.bridgeKills)
	rare(killBackend, p.backendKills)
	rare(handOver, p.handOvers)
	random.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
	share := p.time / time.Duration(max(1, len(faults)))
	for i := range faults {
		faults[i].at = time.Duration(i)*share + spread(random, share/4) + share/4
	}
	return faults
}

// spread is a random duration between 0 and twice the mean.
func spread(random *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(2*mean) + 1))
}

// draw chooses a fault for a connection.
func draw(random *rand.Rand) kind {
	sum := 0
	for _, w := range weights {
		sum += w.weight
	}
	n := random.IntN(sum)
	for _, w := range weights {
		if n -= w.weight; n < 0 {
			return w.kind
		}
	}
	return cutRST
}
