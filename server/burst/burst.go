package burst

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Burst is messages that came together.
type Burst struct {
	first    encoding // as the frames of socket 1, without places in a history
	messages []message
	placed   bool // they have places in a history

	mu      sync.Mutex
	others  []*encoding // as the frames of others, which have asked
	size    int         // bytes of memory of all this
	holders int         // see Hold
	told    int         // what of size holders were told
}

// message is one of a Burst.
type message struct {
	body    int    // where its body begins in the first encoding; it ends with its frame
	payload int    // bytes of all messages up to the end of this one
	offset  uint64 // in a history; 0: it has none
}

// encoding is the messages as frames.
type encoding struct {
	socket, endpoint uint64 // endpoint 0: without places in a history
	frames           []byte
	ends             []int // where each frame ends
	largest          int   // bytes of the largest frame
}

// firstSocket is the number of the first socket of a client, which most have for their subscriptions.
const firstSocket = 1

// Len is how many messages there are.
func (b *Burst) Len() int { return len(b.messages) }

// Bytes is how much memory the messages take.
func (b *Burst) Bytes() int { return len(b.first.frames) }

// Placed tells whether the messages have places in a history: all of a Burst have, or none.
func (b *Burst) Placed() bool { return b.placed }

// Body is message i in wire form.
func (b *Burst) Body(i int) core.Body {
	end := b.first.ends[i]
	return b.first.frames[b.messages[i].body:end:end]
}

// Size is how many payload bytes the messages from i to before j have.
func (b *Burst) Size(i, j int) int {
	size := b.messages[j-1].payload
	if i > 0 {
		size -= b.messages[i-1].payload
	}
	return size
}

// Offset is the place of message i in a history; 0: it has none.
func (b *Burst) Offset(i int) uint64 { return b.messages[i].offset }

// Frames is the messages from i to before j as frames for a socket; with their places in the history of an endpoint, unless
// that is 0. largest is the size of the largest frame of the Burst.
func (b *Burst) Frames(socket uint32, endpoint uint64, i, j int) (frames []byte, largest int) {
	e := b.encoded(uint64(socket), endpoint)
	from := 0
	if i > 0 {
		from = e.ends[i-1]
	}
	return e.frames[from:e.ends[j-1]:e.ends[j-1]], e.largest
}

func (b *Burst) encoded(socket, endpoint uint64) *encoding {
	if socket == firstSocket && endpoint == 0 {
		return &b.first
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.others {
		if e.socket == socket && e.endpoint == endpoint {
			return e
		}
	}
	e := b.encode(socket, endpoint)
	if len(b.others) == maxOthers {
		b.others = nil
	}
	b.others = append(b.others, e)
	b.size += e.memory()
	return e
}

// maxOthers bounds the encodings that are kept; a client may choose any number for its socket.
const maxOthers = 8

func (b *Burst) encode(socket, endpoint uint64) *encoding {
	e := &encoding{socket: socket, endpoint: endpoint, ends: make([]int, 0, len(b.messages))}
	e.frames = make([]byte, 0, len(b.first.frames)+len(b.messages)*maxFields)
	f := core.Frame{Kind: core.KindMessage, Socket: uint32(socket)}
	if endpoint != 0 {
		f.Kind, f.ID = core.KindPublication, endpoint
	}
	for i := range b.messages {
		f.Body, f.Offset = b.Body(i), b.messages[i].offset
		e.append(&f)
	}
	return e
}

// maxFields is about what the fields of a frame take that come before its body.
const maxFields = 12

func (e *encoding) append(f *core.Frame) {
	before := len(e.frames)
	e.frames = core.AppendFrame(e.frames, f)
	e.ends = append(e.ends, len(e.frames))
	e.largest = max(e.largest, len(e.frames)-before)
}
