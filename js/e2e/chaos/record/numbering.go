package record

import (
	"fmt"
	"slices"
	"sync"
)

// Numbering follows one stream of numbered messages at its receiving end. Of the messages that are missing it tells which
// were reported as a gap, which were lost with the process that sent or received them, and for which there is no excuse.
type Numbering struct {
	Name string

	mu sync.Mutex

	mortal              bool // what a killed process had in its buffers is lost, and nobody can report it
	begun               bool // the number before the first message is known
	first, last, sender uint64
	delivered           uint64
	duplicated          uint64
	reordered           uint64
	damaged             uint64
	gaps                gaps
	holes               []span // messages that are missing without an excuse
	told                []span // messages that are missing within a gap of unknown size
	late                map[uint64]bool
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

// note notes a report: of so many messages, or of nobody knows how many (0).
func (g *gaps) note(missed uint64, t *tally) {
	if missed == 0 {
		g.unknown = true
		t.UnknownReports++
		return
	}
	g.exact += missed
	t.ExactReports++
}

// tally counts messages that are missing with an excuse, and the reports.
type tally struct {
	Exact, Unknown uint64 // messages that were reported missing, in gaps of known and of unknown size
	Died           uint64 // messages that were lost with the process that had them, as always in ZeroMQ
	ExactReports   uint64
	UnknownReports uint64
	Unused         uint64 // messages that were reported missing in gaps of known size, but are not
	Behind         uint64 // messages without an excuse that a later gap of unknown size tells of: not at their place, but not without a word
	Late           uint64 // messages that were within a gap of unknown size, and have come after all
}

// Followed is for a stream from PUSH to PULL, which the receiver gets from its beginning.
func Followed(name string) *Numbering {
	return &Numbering{Name: name, mortal: true, begun: true, first: 1}
}

// Subscribed is for a stream from PUB to SUB. It begins with whichever message comes first. When a publisher of the socket was
// away, this is always reported.
func Subscribed(name string) *Numbering { return &Numbering{Name: name} }

// Gap notes a gap that was reported in the stream.
func (n *Numbering) Gap(missed uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.gaps.note(missed, &n.excused)
	if missed == 0 {
		n.excused.Behind = n.lost()
	}
}

// Message notes the next message of the stream. died tells that the process at the other end is another one than before.
func (n *Numbering) Message(number uint64, died bool) {
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
		n.excused.Unused += n.gaps.exact
	}
	n.last = number
	n.gaps = gaps{}
}

// repeated notes a message that has come before, or that should have.
func (n *Numbering) repeated(number uint64) {
	within := func(s span) bool { return s.from <= number && number <= s.to }
	switch {
	case slices.ContainsFunc(n.holes, within):
		n.reordered++
	case slices.ContainsFunc(n.told, within) && !n.late[number]:
		if n.late == nil {
			n.late = map[uint64]bool{}
		}
		n.late[number] = true
		n.excused.Late++
	default:
		n.duplicated++
	}
}

func (n *Numbering) missing(h span, died bool) {
	size := h.size()
	exact := min(size, n.gaps.exact)
	n.excused.Exact += exact
	n.excused.Unused += n.gaps.exact - exact
	switch rest := size - exact; {
	case rest == 0:
	case n.gaps.unknown:
		n.excused.Unknown += rest
		n.told = append(n.told, span{h.from + exact, h.to})
	case died && n.mortal:
		n.excused.Died += rest
	default:
		n.holes = append(n.holes, span{h.from + exact, h.to})
	}
}

// Damage notes a message that is not what was sent.
func (n *Numbering) Damage() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.damaged++
}

// From notes which process has sent a message, and tells whether it is another one than before.
func (n *Numbering) From(generation uint64) (changed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	changed = n.sender != 0 && n.sender != generation
	n.sender = generation
	return changed
}

// Reached tells whether the message with this number or a later one has come, or was reported missing.
func (n *Numbering) Reached(number uint64) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last+n.gaps.exact >= number
}

func (n *Numbering) Position() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last
}

// End completes the record. number is the last one that was sent.
func (n *Numbering) End(number uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.begun && n.last < number {
		n.missing(span{n.last + 1, number}, false)
		n.last = number
	}
}

// Missed are the messages that are missing without an excuse.
func (n *Numbering) Missed() []span {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.holes)
}

func (n *Numbering) lost() (count uint64) {
	for _, h := range n.holes {
		count += h.size()
	}
	return count
}

// Take notes a message that has arrived.
func (n *Numbering) Take(parts [][]byte) {
	generation, number, whole := Read(parts)
	if !whole {
		n.Damage()
		return
	}
	n.Message(number, n.From(generation))
}
