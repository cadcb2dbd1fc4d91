//go:build long && !windows

package outlive

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// fault is something that happens to a fleet, for a while.
type fault struct {
	name    string
	strike  func(t *testing.T, f *fleet)
	lasts   time.Duration
	recover func(t *testing.T, f *fleet)
	during  bool // everybody goes on while it lasts
}

// holdUp is longer than a lease lasts.
const holdUp = 4 * time.Second

// bridgeFaults are what may happen to bridges: everything to each. Whoever stores the feed when a kind of fault begins is struck by it.
func bridgeFaults() (all []fault) {
	for _, kind := range []func(i int) fault{killed, stopped, drained, parted, cutOff} {
		for i := range 3 {
			all = append(all, kind(i))
		}
	}
	return all
}

func restart(i int) func(t *testing.T, f *fleet) {
	return func(t *testing.T, f *fleet) { f.bridges[i].start(t) }
}

func killed(i int) fault {
	kill := func(_ *testing.T, f *fleet) { f.bridges[i].end(syscall.SIGKILL) }
	return fault{fmt.Sprintf("bridge %d is killed", i), kill, holdUp, restart(i), true}
}

func stopped(i int) fault {
	stop := func(_ *testing.T, f *fleet) { f.bridges[i].signal(syscall.SIGSTOP) }
	goOn := func(_ *testing.T, f *fleet) { f.bridges[i].signal(syscall.SIGCONT) }
	return fault{fmt.Sprintf("bridge %d is stopped", i), stop, holdUp, goOn, true}
}

func drained(i int) fault {
	drain := func(_ *testing.T, f *fleet) { f.bridges[i].end(syscall.SIGTERM) }
	return fault{fmt.Sprintf("bridge %d is drained", i), drain, 0, restart(i), true}
}

func parted(i int) fault {
	part := func(_ *testing.T, f *fleet) { f.bridges[i].part() }
	join := func(_ *testing.T, f *fleet) { f.bridges[i].join() }
	return fault{fmt.Sprintf("bridge %d is parted from NATS", i), part, holdUp, join, false}
}

func cutOff(i int) fault {
	cut := func(_ *testing.T, f *fleet) { f.bridges[i].cut() }
	join := func(_ *testing.T, f *fleet) { f.bridges[i].join() }
	return fault{fmt.Sprintf("bridge %d is cut off from NATS", i), cut, holdUp, join, false}
}

// natsFaults are what may happen to a NATS server. A bridge that is connected to it has to find another one.
func natsFaults(i int) []fault {
	name := func(what string) string { return fmt.Sprintf("NATS server %d is %s", i, what) }
	return []fault{
		{name("killed"), func(_ *testing.T, f *fleet) { f.nats.Kill(i) }, holdUp, func(_ *testing.T, f *fleet) { f.nats.Restart(i) }, false},
		{name("stopped"), func(_ *testing.T, f *fleet) { f.nats.Stop(i) }, holdUp, func(_ *testing.T, f *fleet) { f.nats.Continue(i) }, false},
		{name("parted from the others"), func(_ *testing.T, f *fleet) { f.nats.Part(i) }, holdUp, func(_ *testing.T, f *fleet) { f.nats.Join(i) }, false},
	}
}

// suffer has a fault happen, and waits until everybody goes on.
func (f *fleet) suffer(t *testing.T, c *crowd, what fault) {
	t.Helper()
	begun := time.Now()
	what.strike(t, f)
	struck := int(f.feed.said.Load())
	if what.during {
		took := c.pass(t, struck+1, patience, what.name)
		t.Logf("%s: everybody goes on after %v", what.name, took.Round(time.Millisecond))
	}
	time.Sleep(time.Until(begun.Add(what.lasts)))
	what.recover(t, f)
	took := c.pass(t, int(f.feed.said.Load())+1, patience, what.name+", and it is over")
	t.Logf("%s, and it is over: everybody is up to date after %v", what.name, took.Round(time.Millisecond))
}

// patience is how long it may take until everybody goes on.
const patience = 30 * time.Second
