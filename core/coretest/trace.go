package coretest

import (
	"fmt"
	"time"
)

// trace remembers the last events. They are put into words only when somebody wants to read them.
type trace struct {
	size  int
	notes []note
	begun int // how many events there were in all, from which the place of the oldest follows
}

type note struct {
	at     time.Duration
	format string
	args   []any
}

func (t *trace) add(at time.Duration, format string, args ...any) {
	n := note{at, format, args}
	if len(t.notes) < t.size {
		t.notes = append(t.notes, n)
	} else {
		t.notes[t.begun%t.size] = n
	}
	t.begun++
}

func (t *trace) lines() []string {
	var lines []string
	for i := range t.notes {
		n := t.notes[(t.begun+i)%len(t.notes)]
		lines = append(lines, fmt.Sprintf("%14v  ", n.at-time.Hour)+fmt.Sprintf(n.format, n.args...))
	}
	return lines
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
