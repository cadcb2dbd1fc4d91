//go:build !windows

package fleettest

import (
	"fmt"
	"syscall"
	"testing"
)

// Fault is something that happens to a fleet, until it is over.
type Fault struct {
	Name    string
	Strike  func(t testing.TB, f *Fleet)
	Recover func(t testing.TB, f *Fleet)
}

func restart(i int) func(t testing.TB, f *Fleet) {
	return func(t testing.TB, f *Fleet) { f.Bridges[i].Restart(t) }
}

func reunite(i int) func(t testing.TB, f *Fleet) {
	return func(_ testing.TB, f *Fleet) { f.Bridges[i].reunite() }
}

// Killed is SIGKILL for a bridge, and another process at its place.
func Killed(i int) Fault {
	kill := func(_ testing.TB, f *Fleet) { f.Bridges[i].End(syscall.SIGKILL) }
	return Fault{fmt.Sprintf("bridge %d is killed", i), kill, restart(i)}
}

// Stopped has a bridge stand still, as on a machine that swaps, and go on.
func Stopped(i int) Fault {
	stop := func(_ testing.TB, f *Fleet) { f.Bridges[i].signal(syscall.SIGSTOP) }
	goOn := func(_ testing.TB, f *Fleet) { f.Bridges[i].signal(syscall.SIGCONT) }
	return Fault{fmt.Sprintf("bridge %d is stopped", i), stop, goOn}
}

// Drained is SIGTERM for a bridge, until it has ended, and another process at its place.
func Drained(i int) Fault {
	drain := func(_ testing.TB, f *Fleet) { f.Bridges[i].End(syscall.SIGTERM) }
	return Fault{fmt.Sprintf("bridge %d is drained", i), drain, restart(i)}
}

// Parted has a bridge hear nothing of NATS for a while, and its connections stay.
func Parted(i int) Fault {
	part := func(_ testing.TB, f *Fleet) { f.Bridges[i].part() }
	return Fault{fmt.Sprintf("bridge %d is parted from NATS", i), part, reunite(i)}
}

// CutOff ends the connections of a bridge to NATS, and no other ones come about for a while.
func CutOff(i int) Fault {
	cut := func(_ testing.TB, f *Fleet) { f.Bridges[i].cut() }
	return Fault{fmt.Sprintf("bridge %d is cut off from NATS", i), cut, reunite(i)}
}

// NATSKilled, NATSStopped and NATSParted are the same for a NATS server. A bridge that is connected to it has to find another one.
func NATSKilled(i int) Fault {
	return Fault{fmt.Sprintf("NATS server %d is killed", i),
		func(_ testing.TB, f *Fleet) { f.NATS.Kill(i) }, func(_ testing.TB, f *Fleet) { f.NATS.Restart(i) }}
}

func NATSStopped(i int) Fault {
	return Fault{fmt.Sprintf("NATS server %d is stopped", i),
		func(_ testing.TB, f *Fleet) { f.NATS.Stop(i) }, func(_ testing.TB, f *Fleet) { f.NATS.Continue(i) }}
}

func NATSParted(i int) Fault {
	return Fault{fmt.Sprintf("NATS server %d is parted from the others", i),
		func(_ testing.TB, f *Fleet) { f.NATS.Part(i) }, func(_ testing.TB, f *Fleet) { f.NATS.Join(i) }}
}
