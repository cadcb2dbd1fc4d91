package burst

import (
	"encoding/binary"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Builder puts a Burst together. The zero value is ready.
type Builder struct {
	burst *Burst
	frame core.Frame // scratch: what is appended
}

// A Burst is closed when it has so many messages, or so many bytes: it is kept as long as somebody needs a part of it.
const (
	maxMessages = 1024
	maxBytes    = 64 << 10
)

// Len is how many messages there are so far.
func (b *Builder) Len() int {
	if b.burst == nil {
		return 0
	}
	return len(b.burst.messages)
}

// Fits tells whether a message may be added: there is room for it, and like all that are there it has a place in a history, or
// like all it has none.
func (b *Builder) Fits(size int, offset uint64) bool {
	return b.burst == nil ||
		len(b.burst.messages) < maxMessages && len(b.burst.first.frames)+size <= maxBytes && b.burst.placed == (offset != 0)
}

// Add appends a message, of which nothing is kept. more is about how many bytes will follow it.
func (b *Builder) Add(m core.Message, offset uint64, more int) {
	size := m.Size()
	if b.burst == nil {
		b.begin(size, min(more, maxBytes), offset != 0)
	}
	f, e := &b.frame, &b.burst.first
	f.Kind, f.Socket, f.Parts = core.KindMessage, firstSocket, m
	e.append(f)
	f.Parts = nil
	payload := size
	if n := len(b.burst.messages); n > 0 {
		payload += b.burst.messages[n-1].payload
	}
	b.burst.messages = append(b.burst.messages, message{body: e.lastBody(), payload: payload, offset: offset})
}

// lastBody is where the body of the last frame begins: behind its size, its kind and the number of the first socket.
func (e *encoding) lastBody() int {
	from := 0
	if n := len(e.ends); n > 1 {
		from = e.ends[n-2]
	}
	_, n := binary.Uvarint(e.frames[from:])
	return from + n + 2
}

func (b *Builder) begin(size, more int, placed bool) {
	b.burst = &Burst{placed: placed}
	e := &b.burst.first
	e.socket = firstSocket
	count := 1 + more/(size+maxFields)
	e.frames = make([]byte, 0, size+maxFields+more)
	if count == 1 { // most often there is no other
		return
	}
	e.ends = make([]int, 0, count)
	b.burst.messages = make([]message, 0, count)
}

// Take returns the Burst, or nil if there are no messages, and begins another one.
func (b *Builder) Take() *Burst {
	taken := b.burst
	b.burst = nil
	if taken != nil {
		taken.size = taken.first.memory() + cap(taken.messages)*messagePlace
	}
	return taken
}
