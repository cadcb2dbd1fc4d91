package durable

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// run is the last messages of a stream, the oldest first.
type run struct {
	bodies []core.Body
	marked bool // behind the last of them the stream has a mark
}

const (
	// maxRun is how many messages are compared at most, minRun how many have to be the same unless the stream has fewer.
	maxRun = 256
	minRun = 8
)

// fit is what comes of the comparison.
type fit uint8

const (
	found     fit = iota // at one place, and at no other
	absent               // nowhere
	ambiguous            // at several, or with too little to go by
)

// after finds the place in what was heard last that is right behind the run: the index of the first item which the stream lacks.
//
// A place is as good as the number of messages before it that are those of the run, from its end on. The publisher may repeat itself,
// so the best place counts only if it is much better than any other; and what this bridge has not heard of the run, because it began
// to listen within it, counts as being the same.
func (r run) after(items []item) (index int, f fit) {
	best, second, at := 0, 0, -1
	need := min(minRun, len(r.bodies))
	short := false
	for i := range items {
		same, whole := r.matches(items[:i+1])
		if same == 0 {
			continue
		}
		if whole {
			short = short || same < need
			same = len(r.bodies)
		}
		if same > best {
			best, second, at = same, best, i
		} else if same > second {
			second = same
		}
		if second == len(r.bodies) {
			break
		}
	}
	switch {
	case best == 0:
		return 0, absent
	case best < need || second*2 >= best || short:
		return 0, ambiguous
	}
	at++
	for r.marked && at < len(items) && items[at].mark != nil {
		at++ // the stream has it
	}
	return at, found
}

// matches is how many messages at the end of items are those at the end of the run. whole tells that there are no more items to
// compare.
func (r run) matches(items []item) (same int, whole bool) {
	for same < len(r.bodies) {
		if same == len(items) {
			return same, true
		}
		i := &items[len(items)-1-same]
		if i.mark != nil || !bytes.Equal(i.body, r.bodies[len(r.bodies)-1-same]) {
			return same, false
		}
		same++
	}
	return same, false
}
