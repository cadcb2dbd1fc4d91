package trace

import (
	"fmt"
	"time"
)

// Trace remembers the last events. They are put into words only when somebody wants to read them.
type Trace struct {
	Size  int // how many events it remembers
	notes []note
	begun int // how many events there were in all, from which the place of the oldest follows
}

type note struct {
	at     time.Duration
	format string
	args   []any
}

// Add notes an event.
func (t *Trace) Add(at time.Duration, format string, args ...any) {
	n := note{at, format, args}
	if len(t.notes) < t.Size {
		t.notes = append(t.notes, n)
	} else {
		t.notes[t.begun%t.Size] = n
	}
	t.begun++
}

// Lines are the events in words, the oldest first.
func (t *Trace) Lines() []string {
	var lines []string
	for i := range t.notes {
		n := t.notes[(t.begun+i)%len(t.notes)]
		lines = append(lines, fmt.Sprintf("%14v  ", n.at-time.Hour)+fmt.Sprintf(n.format, n.args...))
	}
	return lines
}
