package zmtp

import (
	"io"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// tolerance is how many times a limit a message may have and cost nothing but itself: it is read to its end and left out.
// What is beyond that ends the connection, or a peer could keep it busy for ever.
const tolerance = 4

// excess is a message that is over a limit, and is being left out.
type excess struct {
	reason *core.Error
	head   []byte // the beginning of the first part, if that alone was too much
	whole  bool   // the end of the message has come
}

// exceeds says which limit is exceeded by one more frame of so many bytes, if each may be had so many times.
func (g *guard) exceeds(size uint64, times int64) *core.Error {
	switch l := g.limits; {
	case size > uint64(times*l.MaxFrame):
		return LimitError("a frame of %d bytes, the limit is %d", size, l.MaxFrame)
	case size > uint64(times*l.MaxMessage-g.size):
		return LimitError("a message of more than %d bytes", l.MaxMessage)
	case int64(g.parts) >= times*int64(l.MaxParts):
		return LimitError("a message of more than %d parts", l.MaxParts)
	}
	return nil
}

// leaveOut reads past a frame, with a header of n bytes, of a message that is over a limit. When it was the last one zmq4,
// which may have the first frames already, is given an empty frame to end with.
func (g *guard) leaveOut(more, first bool, size uint64, n int) (readable bool, err error) {
	g.in.discard(n)
	if first {
		g.excess.head = make([]byte, min(size, MaxPrefix))
		if _, err := io.ReadFull(g.in, g.excess.head); err != nil {
			return false, err
		}
		size -= uint64(len(g.excess.head))
	}
	if _, err := io.CopyN(io.Discard, g.in, int64(size)); err != nil {
		return false, err
	}
	if more {
		return false, nil
	}
	g.excess.whole = true
	g.header = [longHeader]byte{}
	g.pending = g.header[:shortHeader]
	return true, nil
}

// takeExcess returns why the message that zmq4 has just read is only the beginning of one, and that beginning; nil: it is not.
func (g *guard) takeExcess(frames core.Message) (head core.Message, reason *core.Error) {
	if g.excess == nil || !g.excess.whole {
		return frames, nil
	}
	head, reason = frames[:len(frames)-1], g.excess.reason
	if g.excess.head != nil {
		head = core.Message{g.excess.head}
	}
	g.excess = nil
	return head, reason
}
