package simulator

import (
	"fmt"
	"maps"
)

// streamBook follows what a socket receives on one session. The bridge writes down every message that is meant for the
// socket, in order, whether it is sent or dropped. The messages of this list that the socket does not receive have to be
// exactly as many as were reported missing.
type streamBook struct {
	read   int    // how many messages of the bridge's list were received or reported missing
	missed uint64 // how many were reported missing since the last message
	vague  bool   // a gap of unknown size was reported since the last message
}

func (b *streamBook) restart() { *b = streamBook{} }

func (b *streamBook) gap(missed uint64) {
	b.missed += missed
	b.vague = b.vague || missed == 0
}

func (b *streamBook) message(sent []uint64, serial uint64) error {
	for i, other := range sent[min(b.read, len(sent)):] {
		if other != serial {
			continue
		}
		if uint64(i) != b.missed && !b.vague {
			return fmt.Errorf("%d messages are missing before message %d, %d were reported", i, serial, b.missed)
		}
		*b = streamBook{read: b.read + i + 1}
		return nil
	}
	return fmt.Errorf("message %d was not sent to it, or it had it or a later one before", serial)
}

// ended checks the end of the stream, when nothing is under way any more.
func (b *streamBook) ended(sent []uint64) error {
	if rest := len(sent) - b.read; uint64(rest) != b.missed && !b.vague {
		return fmt.Errorf("%d messages are missing at the end, %d were reported", rest, b.missed)
	}
	return nil
}

// feedBook follows what a socket receives of each feed, across sessions. The messages of a feed are numbered.
type feedBook struct {
	last   map[*feed]uint64
	whole  bool   // the socket has subscribed to everything from the beginning, so nothing may be missing
	missed uint64 // how many were reported missing since the last message
	vague  bool
	before uint64 // how many were reported missing on an earlier session; the history may go back further, and then they come after all

	// How many were reported missing when the socket was last told its place, and when it was on an earlier session: it goes on
	// from there, and is told once more what it was told behind that place.
	placed, settled uint64
}

func (b *feedBook) restart() {
	b.before, b.missed = b.before+b.missed, 0
	b.settled, b.placed = max(b.settled, b.placed), 0
}

// place is told that the socket learns where it is.
func (b *feedBook) place() { b.placed = b.before + b.missed }

func (b *feedBook) gap(missed uint64) {
	b.missed += missed
	b.vague = b.vague || missed == 0
}

func (b *feedBook) message(f *feed, seq uint64, only bool) error {
	last := b.last[f]
	if seq <= last {
		return fmt.Errorf("message %d after %d", seq, last)
	}
	want := last + 1 + b.missed
	if b.whole && only && last > 0 && !b.vague && seq != want && seq != want+b.before && seq != want+b.settled {
		return fmt.Errorf("message %d after %d, where %d were reported missing", seq, last, b.missed)
	}
	b.last[f] = seq
	b.missed, b.before, b.vague = 0, 0, false
	b.placed, b.settled = 0, 0
	return nil
}

// past is the book for another socket that goes on in the history where this one stops.
func (b *feedBook) past() feedBook {
	return feedBook{last: maps.Clone(b.last), whole: b.whole, before: b.before + b.missed, settled: max(b.settled, b.placed), vague: b.vague || !b.whole}
}
