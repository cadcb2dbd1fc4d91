package history

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// lack is what is known of a hole: what never came, as the publisher's own count says.
type lack struct {
	topic    []byte // of what is missing; nil: nobody knows
	messages uint64 // how many; 0: nobody knows
}

// Lack notes that messages never came, of a topic or of any (nil): so many, or nobody knows how many (0). It returns the offset of the
// hole, or 0 if the log is not about such messages.
func (l *Log) Lack(topic []byte, messages uint64) (offset uint64) {
	if topic != nil && !l.about(topic) {
		return 0
	}
	l.hole()
	if offset = l.next - 1; offset >= l.first {
		if l.lacks == nil {
			l.lacks = map[uint64]lack{}
		}
		known := lack{bytes.Clone(topic), messages}
		l.lacks[offset] = known
		l.bytes += known.cost()
		l.counters.Bytes.Add(known.cost())
	}
	return offset
}

// cost is what it takes besides the record.
func (k lack) cost() int64 { return int64(lackPlace + len(k.topic)) }

const lackPlace = 128

// gapAt is what a reader is told of a hole. ok is false if it does not concern him. The caller holds the lock.
func (r *Replay) gapAt(offset uint64) (gap Replayed, ok bool) {
	known, isKnown := r.log.lacks[offset]
	return r.gapOf(offset, known, isKnown)
}

// gapOf is gapAt for a hole of which something is known, or is not. The caller holds the lock.
func (r *Replay) gapOf(offset uint64, known lack, isKnown bool) (gap Replayed, ok bool) {
	switch {
	case !isKnown:
		return Replayed{Offset: offset, Gap: core.Unavailable}, !r.gapped
	case known.topic != nil && !r.selection.Selects(known.topic):
		return gap, false
	case known.topic == nil && !r.selection.Contains(""), r.fits != nil:
		known.messages = 0
	}
	return Replayed{Offset: offset, Gap: core.Lost, Missed: known.messages}, known.messages > 0 || !r.gapped
}
