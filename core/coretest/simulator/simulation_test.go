package simulator_test

import (
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/race"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator"
)

var (
	seed  = flag.Uint64("seed", 0, "the one seed to simulate, with a trace; 0: many")
	seeds = flag.Int("seeds", 200, "how many")
	steps = flag.Int("steps", 3000, "events until the faults are switched off")
	last  = flag.Int("tail", 60, "how many of the last events a failure tells")
	soak  = flag.Duration("soak", 0, "simulate seeds that were never simulated before, for so long")
)

// TestSimulator runs thousands of simulations. The seeds are always the same, so that a failure comes from the last
// change of the code. make soak runs new seeds.
func TestSimulator(t *testing.T) {
	switch {
	case *seed != 0:
		simulate(t, *seed)
	case *soak > 0:
		begin := time.Now()
		first := uint64(begin.UnixMilli())
		n := first
		for ; time.Since(begin) < *soak && !t.Failed(); n++ {
			simulate(t, n)
		}
		t.Logf("%d seeds from %d on, in %v", n-first, first, time.Since(begin).Round(time.Second))
	default:
		for n := range uint64(few(*seeds)) {
			simulate(t, n+1)
		}
	}
}

// few is a number of seeds, or a tenth of it where a simulation takes long.
func few(n int) int {
	if testing.Short() || runtime.GOOS == "js" || race.On {
		return (n + 9) / 10
	}
	return n
}

func simulate(t *testing.T, seed uint64) {
	t.Helper()
	if f := simulator.Simulate(simulator.Settings{Seed: seed, Steps: *steps, Trace: *last}); f != nil {
		t.Fatalf("%s\n\nagain: %s", f.Report(), command(seed))
	}
}

// command is the command that runs the simulation of a seed again.
func command(seed uint64) string {
	return fmt.Sprintf("go test ./core/coretest/simulator -run 'TestSimulator$' -seed=%d -steps=%d -tail=1000", seed, *steps)
}

// The simulation of a seed has to be the same every time, to the last step. Otherwise a failure could not be repeated.
func TestSimulatorIsDeterministic(t *testing.T) {
	break3 := simulator.Settings{Seed: 3, Trace: 500, Sabotage: simulator.Sabotage{IgnoresCredit: true}}
	first := simulator.Simulate(break3)
	if first == nil {
		t.Fatal("nothing failed")
	}
	for range 3 {
		if again := simulator.Simulate(break3); again == nil || again.Report() != first.Report() {
			t.Errorf("the same seed gave another simulation:\n%v\n%v", first, again)
		}
	}
}
