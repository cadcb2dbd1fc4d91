package coretest

import (
	"fmt"
	"time"
)

// trace remembers the last things that happened. They are put into words only when somebody wants to read them.
type trace struct {
	size  int
	notes []note
	begun int // how many there were, so that the oldest is found
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

// portrait is what is to be seen of the world when something went wrong.
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
