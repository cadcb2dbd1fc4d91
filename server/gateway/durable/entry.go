package durable

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Entry is what one append to a stream brings: messages that follow each other, or a mark that some are missing.
type Entry struct {
	Kind   Kind
	Origin uint64 // number of the stream's entry with which the counting of offsets began. Another origin is another epoch
	Base   uint64 // offset of the first message, or of the hole
	Hole   uint64 // offset of the newest hole before Base; 0: there is none

	Writer uint64 // who has written it: a number that no other ingester has
	Last   uint64 // the writer's own number of the last item in it, so that it knows where to go on

	Bodies []core.Body // of Messages

	// Of Lack:
	Topic   []byte // of what is missing; nil: of any
	Missing uint64 // how many messages; 0: nobody knows
}

// Kind of an Entry.
type Kind uint8

const (
	Messages Kind = iota // at least one
	Hole                 // messages are missing, and nothing is known of them
	Lack                 // messages are missing, as the publisher's own count says
	Note                 // nothing: the epoch has begun
)

// Next is the offset behind the entry.
func (e *Entry) Next() uint64 {
	switch e.Kind {
	case Messages:
		return e.Base + uint64(len(e.Bodies))
	case Note:
		return e.Base
	}
	return e.Base + 1
}

// NewestHole is the offset of the newest hole up to the end of the entry.
func (e *Entry) NewestHole() uint64 {
	if e.Kind == Hole || e.Kind == Lack {
		return e.Base
	}
	return e.Hole
}

const (
	entryVersion = 1

	// maxInEntry is how many messages an entry has at most.
	maxInEntry = 1 << 16
)

// Append appends the entry in wire form: the version, the kind, the numbers, and what the kind has besides.
func (e *Entry) Append(b []byte) []byte {
	b = append(b, entryVersion, byte(e.Kind))
	for _, n := range []uint64{e.Origin, e.Base, e.Hole, e.Writer, e.Last} {
		b = binary.AppendUvarint(b, n)
	}
	switch e.Kind {
	case Messages:
		b = binary.AppendUvarint(b, uint64(len(e.Bodies)))
		for _, body := range e.Bodies {
			b = binary.AppendUvarint(b, uint64(len(body)))
			b = append(b, body...)
		}
	case Lack:
		b = binary.AppendUvarint(b, e.Missing)
		if e.Topic != nil {
			b = append(b, 1)
			b = append(b, e.Topic...)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

var errEntry = core.NewError(core.Internal, "the stream has an entry that this bridge cannot read")

// ParseEntry reads the wire form. What it returns aliases that.
func ParseEntry(b []byte) (e Entry, err error) {
	if len(b) < 2 || b[0] != entryVersion || b[1] > byte(Note) {
		return e, errEntry
	}
	e.Kind = Kind(b[1])
	r := reading{rest: b[2:]}
	for _, n := range []*uint64{&e.Origin, &e.Base, &e.Hole, &e.Writer, &e.Last} {
		*n = r.number()
	}
	switch e.Kind {
	case Messages:
		e.Bodies = r.bodies()
	case Lack:
		e.Missing = r.number()
		if known := r.bytes(1); len(known) == 1 && known[0] == 1 {
			e.Topic = append([]byte{}, r.rest...)
		} else if len(known) == 1 && known[0] > 1 {
			r.bad = true
		}
		if e.Topic != nil {
			r.rest = nil
		}
	}
	if r.bad || len(r.rest) > 0 || e.Origin == 0 || e.Base == 0 || e.Hole >= e.Base || e.Base > maxOffset {
		return Entry{}, errEntry
	}
	return e, nil
}

// maxOffset is more than there will ever be, and leaves room to count on.
const maxOffset = 1 << 62

// reading is what has not been read yet.
type reading struct {
	rest []byte
	bad  bool
}

func (r *reading) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.rest, r.bad = nil, true
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *reading) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.rest, r.bad = nil, true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

// bodies are all messages, each of which can be read.
func (r *reading) bodies() []core.Body {
	count := r.number()
	if count == 0 || count > maxInEntry || count > uint64(len(r.rest)) {
		r.bad = true
		return nil
	}
	var parts core.Message
	bodies := make([]core.Body, 0, count)
	for range count {
		body := core.Body(r.bytes(r.number()))
		var err error
		if parts, err = body.Parts(parts[:0]); err != nil {
			r.bad = true
			return nil
		}
		bodies = append(bodies, body)
	}
	return bodies
}
