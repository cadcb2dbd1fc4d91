package zmq

import (
	"math/bits"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// delivery is what the next turn of a loop over a socket gets: a message, a request, or an error.
type delivery struct {
	msg        Message
	request    uint64 // number of the request; 0: msg is no request
	connection uint64 // that msg came on
	err        error
}

// inbox holds what a socket received and nobody has taken yet. The credit granted to the bridge bounds it; connections
// that come and go grant theirs anew, so there is a limit beside it. The lock of the Context guards it.
type inbox struct {
	queue []delivery
	limit int
}

// push reports whether there was room. What there is none for leaves a gap, which is counted.
func (b *inbox) push(d delivery) bool {
	fits := len(b.queue) < b.limit
	if !fits {
		if gap, ok := b.queue[len(b.queue)-1].err.(*GapError); ok && gap.Code == core.Busy {
			gap.Missed++
			return false
		}
		d = delivery{err: &GapError{Missed: 1, Code: core.Busy}}
	}
	b.queue = append(b.queue, d)
	return fits
}

func (b *inbox) pop() (d delivery, ok bool) {
	if len(b.queue) == 0 {
		return delivery{}, false
	}
	d = b.queue[0]
	b.queue[0] = delivery{}
	b.queue = b.queue[1:]
	return d, true
}

func (b *inbox) clear() { b.queue = nil }

// creditSize is what a message takes of a socket's window in bytes: what its body has on the wire.
func creditSize(m Message) int {
	n := uvarintSize(len(m)) + m.Size()
	for _, part := range m[:len(m)-1] {
		n += uvarintSize(len(part))
	}
	return n
}

func uvarintSize(n int) int { return (bits.Len(uint(n)|1) + 6) / 7 }
