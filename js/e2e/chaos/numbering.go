package main

import (
	"fmt"
	"sync"
)

// numbering follows one numbered stream at its receiving end, and sorts what is not as it was sent: into what was
// reported as a gap, what died with its sender or receiver, and what there is no excuse for.
type numbering struct {
	name string

	mu sync.Mutex

	mortal              bool // what a killed process had in its buffers is gone, and nobody can tell
	begun               bool // the number before the first message is known
	first, last, sender uint64
	delivered           uint64
	duplicated          uint64
	reordered           uint64
	damaged             uint64
	gaps                gaps
	holes               []span // without an excuse
	excused             tally
}

// span is a range of message numbers, both ends included.
type span struct{ from, to uint64 }

func (s span) size() uint64 { return s.to - s.from + 1 }

func (s span) String() string { return fmt.Sprintf("%d-%d", s.from, s.to) }

// gaps are what was reported since the last message.
type gaps struct {
	unknown bool
	exact   uint64
}

// tally counts messages that are missing with an excuse, and the reports.
type tally struct {
	exact, unknown uint64 // messages that were reported
	died           uint64 // with the process that had them: ZeroMQ's own loss
	exactReports   uint64
	unknownReports uint64
	unused         uint64 // reported exactly, and not missing
}

// followed is a stream from PUSH to PULL, which the receiver gets from its beginning.
func followed(name string) *numbering {
	return &numbering{name: name, mortal: true, begun: true, first: 1}
}

// subscribed is a stream from PUB to SUB, which begins with the message that comes first. A publisher that was away is
// always reported.
func subscribed(topic string) *numbering { return &numbering{name: "SUB " + topic} }

// gap is a report in the stream.
func (n *numbering) gap(missed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if missed == 0 {
		n.gaps.unknown = true
		n.excused.unknownReports++
		return
	}
	n.gaps.exact += missed
	n.excused.exactReports++
}

// message is the next one of the stream. died tells that the process at the other end was not the one before.
func (n *numbering) message(number uint64, died bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delivered++
	switch {
	case !n.begun:
		n.begun, n.first = true, number
	case number <= n.last:
		n.repeated(number)
		return
	case number > n.last+1:
		n.missing(span{n.last + 1, number - 1}, died)
	default:
		n.excused.unused += n.gaps.exact
	}
	n.last = number
	n.gaps = gaps{}
}

// repeated is a message that should have come before, or has.
func (n *numbering) repeated(number uint64) {
	for _, h := range n.holes {
		if h.from <= number && number <= h.to {
			n.reordered++
			return
		}
	}
	n.duplicated++
}

func (n *numbering) missing(h span, died bool) {
	size := h.size()
	exact := min(size, n.gaps.exact)
	n.excused.exact += exact
	n.excused.unused += n.gaps.exact - exact
	switch rest := size - exact; {
	case rest == 0:
	case n.gaps.unknown:
		n.excused.unknown += rest
	case died && n.mortal:
		n.excused.died += rest
	default:
		n.holes = append(n.holes, span{h.from + exact, h.to})
	}
}

// damage is a message that is not what was sent.
func (n *numbering) damage() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.damaged++
}

// from tells the process that sent a message, and whether it is another one than before.
func (n *numbering) from(generation uint64) (changed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	changed = n.sender != 0 && n.sender != generation
	n.sender = generation
	return changed
}

// reached tells whether everything up to a number has come.
func (n *numbering) reached(number uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last >= number
}

func (n *numbering) position() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}

// end closes the books: number was the last that was sent.
func (n *numbering) end(number uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.begun && n.last < number {
		n.missing(span{n.last + 1, number}, false)
		n.last = number
	}
}

func (n *numbering) lost() (count uint64) {
	for _, h := range n.holes {
		count += h.size()
	}
	return count
}

// take reads a message.
func (n *numbering) take(parts [][]byte) {
	generation, number, whole := read(parts)
	if !whole {
		n.damage()
		return
	}
	n.message(number, n.from(generation))
}
