package simulator

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/clock"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// Settings of a simulation. The zero value of each but Seed is a default.
type Settings struct {
	Seed  uint64
	Steps int // number of events before the faults are switched off; default 3000
	Trace int // how many of the last events a Failure has; default 80

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
	Trace    []string // the last events, and the state of the pages and the bridge
}

// Error is the failure in one line.
func (f *Failure) Error() string {
	return fmt.Sprintf("seed %d, step %d, after %v: %s", f.Settings.Seed, f.Step, f.At, f.What)
}

// Report is the failure with its trace.
func (f *Failure) Report() string { return f.Error() + "\n" + strings.Join(f.Trace, "\n") }

// Simulate runs one simulation. Pages, each of which is a client.Client with an application on top of it, talk to a
// bridge made of core.Sessions, over a network that cuts, delays and forges. The seed decides everything. Then the faults
// are switched off, and everything pending has to end. Simulate returns nil if nothing went wrong.
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

// simulation is one simulation: pages, a bridge and the network between them. Nothing in it uses the time of day, starts a
// goroutine, or depends on the order of a map, so that the seed alone decides what happens.
type simulation struct {
	Settings
	clock.Clock
	rnd     *rand.Rand
	trace   trace.Trace
	climate climate
	bridge  *bridge
	pages   []*page
	calm    bool // faults are switched off
	outage  time.Duration
	step    int
	serials uint64 // the last serial number; messages, requests, tokens and connections have one to tell them apart
}

func newSimulation(settings Settings) *simulation {
	s := &simulation{Settings: settings, Clock: clock.New(time.Hour), rnd: rand.New(rand.NewPCG(settings.Seed, 0x5eed))}
	s.trace.Size = settings.Trace
	s.climate = newClimate(s.rnd)
	s.bridge = newBridge(s)
	for range 1 + s.rnd.IntN(3) {
		s.pages = append(s.pages, newPage(s, len(s.pages)+1))
	}
	return s
}

// storm runs the part of the simulation in which faults happen.
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

// every calls do at random intervals with this mean, until the faults are switched off.
func (s *simulation) every(mean time.Duration, do func()) {
	var again func()
	again = func() {
		if s.calm {
			return
		}
		do()
		s.After(s.around(mean), again)
	}
	s.After(s.around(mean), again)
}

// advance makes the next event happen, and then checks all bounds.
func (s *simulation) advance() {
	s.step++
	if !s.Next() {
		s.fail("nothing will ever happen again")
	}
	s.bridge.check()
	for _, p := range s.pages {
		p.check()
	}
}

// serial returns a number that it has not returned before.
func (s *simulation) serial() uint64 {
	s.serials++
	return s.serials
}

func (s *simulation) note(format string, args ...any) { s.trace.Add(s.Now(), format, args...) }

// fail ends the simulation.
func (s *simulation) fail(format string, args ...any) { panic(s.failure(fmt.Sprintf(format, args...))) }

func (s *simulation) failure(what string) *Failure {
	return &Failure{Settings: s.Settings, Step: s.step, At: s.Now() - time.Hour, What: what, Trace: append(s.trace.Lines(), s.portrait()...)}
}

// portrait describes the state of the pages and the bridge when something went wrong.
func (s *simulation) portrait() []string {
	var lines []string
	for _, p := range s.pages {
		lines = append(lines, "  "+p.String())
	}
	for _, b := range s.bridge.sessions {
		lines = append(lines, "  "+b.String())
	}
	return lines
}

// The following choose by chance. All of it comes from the seed.

func (s *simulation) chance(percent int) bool { return s.rnd.IntN(100) < percent }

// around is a random duration between 0 and twice the mean.
func (s *simulation) around(mean time.Duration) time.Duration {
	return time.Duration(s.rnd.Int64N(int64(2*mean) + 1))
}

// pick chooses one of several values, or the zero value if there are none.
func pick[T any](s *simulation, from []T) (one T) {
	if len(from) == 0 {
		return one
	}
	return from[s.rnd.IntN(len(from))]
}

// size chooses the size of a message: mostly small, sometimes as large as the climate allows.
func (s *simulation) size() int {
	if s.chance(90) {
		return s.rnd.IntN(30)
	}
	return s.rnd.IntN(s.climate.payload)
}
