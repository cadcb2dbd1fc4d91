package coretest

import (
	"fmt"
	"maps"
)

// streamBook follows what a socket receives on one session. The bridge writes down all it meant to send, in order,
// whether it was sent or dropped; what the socket skips of that has to be what was reported missing, to the message.
type streamBook struct {
	read   int    // of what the bridge wrote down, received or reported missing
	missed uint64 // reported since the last message
	vague  bool   // a number was not known
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

// ended is for when nothing is under way any more.
func (b *streamBook) ended(sent []uint64) error {
	if rest := len(sent) - b.read; uint64(rest) != b.missed && !b.vague {
		return fmt.Errorf("%d messages are missing at the end, %d were reported", rest, b.missed)
	}
	return nil
}

// feedBook follows what a socket receives of each feed, whose messages are numbered, across sessions.
type feedBook struct {
	last   map[*feed]uint64
	whole  bool   // it has subscribed to everything from the beginning, so that nothing may be missing
	missed uint64 // reported since the last message
	vague  bool
	before uint64 // reported on a session before: where the history goes on before those, they come after all
}

func (b *feedBook) restart() { b.before, b.missed = b.before+b.missed, 0 }

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
	if b.whole && only && last > 0 && !b.vague && seq != want && seq != want+b.before {
		return fmt.Errorf("message %d after %d, where %d were reported missing", seq, last, b.missed)
	}
	b.last[f] = seq
	b.missed, b.before, b.vague = 0, 0, false
	return nil
}

// past is the book for a socket that goes on in the history where this one stops.
func (b *feedBook) past() feedBook {
	return feedBook{last: maps.Clone(b.last), whole: b.whole, before: b.before + b.missed, vague: b.vague || !b.whole}
}
