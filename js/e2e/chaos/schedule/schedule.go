package schedule

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault is one entry of a schedule.
type Fault struct {
	At    time.Duration // when it happens, since the beginning of the run
	Kind  Kind
	Time  time.Duration // how long it takes, for kinds that take time
	Which int           // which of the backends it concerns
}

type Kind uint8

const (
	CutRST Kind = iota
	CutFIN
	CutWithin
	Abandon
	Stall
	Corrupt
	Slow
	Narrow
	KillBridge
	KillBackend
	HandOver
	HalfOpen
	Kinds
)

var kindNames = [Kinds]string{"RST", "FIN", "RST within a chunk", "RST to the client alone", "stall, then RST", "corrupt byte",
	"delay", "throttle", "SIGKILL of the bridge", "SIGKILL of a backend", "SIGTERM, second bridge", "half-open until noticed"}

func (k Kind) String() string { return kindNames[k] }

// cuts tells whether the fault ends a connection and nothing else.
func (k Kind) cuts() bool { return k <= Corrupt || k == HalfOpen }

// Plan says how long a run takes, and how many faults of each kind it has.
type Plan struct {
	Seed                                 uint64
	Time                                 time.Duration
	Clients                              int
	Cuts, HalfOpens                      int
	BridgeKills, BackendKills, HandOvers int
}

// weights say how often each fault of a connection happens, relative to the others.
var weights = []struct {
	kind   Kind
	weight int
}{{CutRST, 30}, {CutFIN, 15}, {CutWithin, 25}, {Abandon, 10}, {Stall, 8}, {Corrupt, 12}, {Slow, 3}, {Narrow, 3}}

// Connections is the schedule of faults for the connections of one client. It is the same for the same seed. Numbers from
// Clients on are for the other connections of these clients, to which half as much happens.
func (p Plan) Connections(client int) (faults []Fault) {
	random := rand.New(rand.NewPCG(p.Seed, uint64(client)+1))
	cuts := p.Cuts / p.Clients
	if client < p.Cuts%p.Clients {
		cuts++
	}
	if client >= p.Clients {
		cuts /= 2
	}
	for cuts > 0 {
		f := Fault{Kind: draw(random), At: time.Duration(random.Int64N(int64(p.Time))), Time: spread(random, 300*time.Millisecond)}
		if f.Kind.cuts() {
			cuts--
		}
		faults = append(faults, f)
	}
	for i := range p.HalfOpens {
		if i%p.Clients == client {
			faults = append(faults, Fault{Kind: HalfOpen, At: p.Time / 10})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int { return cmp.Compare(a.At, b.At) })
	return faults
}

// Processes is the schedule of faults for the bridge and the backends, which happen one after the other.
func (p Plan) Processes() (faults []Fault) {
	random := rand.New(rand.NewPCG(p.Seed, 0))
	rare := func(k Kind, count int) {
		for i := range count {
			faults = append(faults, Fault{Kind: k, Which: i, Time: spread(random, 300*time.Millisecond)})
		}
	}
	rare(KillBridge, p.BridgeKills)
	rare(KillBackend, p.BackendKills)
	rare(HandOver, p.HandOvers)
	random.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
	share := p.Time / time.Duration(max(1, len(faults)))
	for i := range faults {
		faults[i].At = time.Duration(i)*share + spread(random, share/4) + share/4
	}
	return faults
}

// spread is a random duration between 0 and twice the mean.
func spread(random *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(random.Int64N(int64(2*mean) + 1))
}

// draw chooses a fault for a connection.
func draw(random *rand.Rand) Kind {
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
	return CutRST
}

// Wait waits for d. It returns false if ctx ends before.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
