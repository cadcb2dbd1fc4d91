package coretest

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"
)

// Settings of a simulation. The zero value of each but Seed is a default.
type Settings struct {
	Seed  uint64
	Steps int // events that happen before the faults are switched off; default 3000
	Trace int // how many of the last events a Failure tells; default 80

	Sabotage Sabotage // breaks something on purpose, for tests of the simulator
}

func (s Settings) withDefaults() Settings {
	if s.Steps <= 0 {
		s.Steps = 3000
	}
	if s.Trace <= 0 {
		s.Trace = 80
	}
	return s
}

// Failure says which invariant a simulation broke.
type Failure struct {
	Settings Settings
	Step     int
	At       time.Duration
	What     string
	Trace    []string // the last events, and what was to be seen of the world
}

// Error is one line.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, step %d, after %v: %s", f.Settings.Seed, f.Step, f.At, f.What)
}

// Report is the failure with its trace.
func (f *Failure) Report() string { return f.Error() + "\n" + strings.Join(f.Trace, "\n") }

// Simulate lets pages, each a core.Client with an application on it, talk to a bridge of core.Sessions over a network
// that cuts, delays and lies, all of it decided by the seed. Then the faults are switched off, and everything pending
// has to end. It returns nil when every invariant held.
func Simulate(settings Settings) (failure *Failure) {
	s := newSimulation(settings.withDefaults())
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Failure:
			failure = r
		default:
			failure = s.failure(fmt.Sprintf("panic: %v", r))
			failure.Trace = append(failure.Trace, string(debug.Stack()))
		}
	}()
	s.storm()
	s.settle()
	return nil
}

// simulation is one world. Nothing in it knows the time of day, starts a goroutine or depends on the order of a map: the
// seed alone decides.
type simulation struct {
	Settings
	timeline
	rnd     *rand.Rand
	trace   trace
	climate climate
	bridge  *bridge
	pages   []*page
	calm    bool // faults are switched off
	outage  time.Duration
	step    int
	serials uint64 // of whatever has to be told apart: messages, requests, tokens, connections
}

func newSimulation(settings Settings) *simulation {
	s := &simulation{Settings: settings, rnd: rand.New(rand.NewPCG(settings.Seed, 0x5eed))}
	s.now = time.Hour
	s.trace.size = settings.Trace
	s.climate = newClimate(s.rnd)
	s.bridge = newBridge(s)
	for range 1 + s.rnd.IntN(3) {
		s.pages = append(s.pages, newPage(s, len(s.pages)+1))
	}
	return s
}

// storm runs with everything that may go wrong going wrong.
func (s *simulation) storm() {
	for i := range s.pages {
		s.pages[i].dial()
		s.every(s.climate.act, func() { s.pages[i].act() })
	}
	s.every(s.climate.publish, s.bridge.publish)
	s.every(s.climate.faults, s.strike)
	for range s.Steps {
		s.advance()
	}
}

// every repeats at random intervals around a mean, until the faults are switched off.
func (s *simulation) every(mean time.Duration, do func()) {
	var again func()
	again = func() {
		if s.calm {
			return
		}
		do()
		s.after(s.around(mean), again)
	}
	s.after(s.around(mean), again)
}

// advance lets the next event happen and looks at everything.
func (s *simulation) advance() {
	s.step++
	if !s.next() {
		s.fail("nothing will ever happen again")
	}
	s.bridge.check()
	for _, p := range s.pages {
		p.check()
	}
}

// serial is a number that was never given out before.
func (s *simulation) serial() uint64 {
	s.serials++
	return s.serials
}

func (s *simulation) note(format string, args ...any) { s.trace.add(s.now, format, args...) }

// fail ends the simulation.
func (s *simulation) fail(format string, args ...any) { panic(s.failure(fmt.Sprintf(format, args...))) }

func (s *simulation) failure(what string) *Failure {
	return &Failure{Settings: s.Settings, Step: s.step, At: s.now - time.Hour, What: what, Trace: append(s.trace.lines(), s.portrait()...)}
}

// Chance and duration, all from the seed.

func (s *simulation) chance(percent int) bool { return s.rnd.IntN(100) < percent }

// around is a duration between none and twice the mean.
func (s *simulation) around(mean time.Duration) time.Duration {
	return time.Duration(s.rnd.Int64N(int64(2*mean) + 1))
}

// pick chooses one of several; zero of none.
func pick[T any](s *simulation, from []T) (one T) {
	if len(from) == 0 {
		return one
	}
	return from[s.rnd.IntN(len(from))]
}
