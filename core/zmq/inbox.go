package zmq

import "github.com/zmqwebbridge/zmqwebbridge/core"

// delivery is what one turn of a loop over a socket gets: a message, a request, or an error.
type delivery struct {
	msg     Message
	size    int    // payload bytes of msg, as the bridge counts them
	request uint64 // number of the request; 0: msg is a message
	err     error
	own     bool // err is a *GapError that the inbox has made, and nobody else has seen yet

	endpoint uint64        // number of the endpoint that msg came from, if the bridge keeps a history there; otherwise 0
	before   core.Position // where the socket stood in that history before msg
}

// inbox holds what a socket has received and nobody has taken yet. Credit bounds the messages of a bridge that keeps to the
// protocol. The limit bounds everything, whatever the bridge does. The lock of the Context guards the inbox.
type inbox struct {
	queue []delivery
	limit int
}

// push appends a delivery and reports whether there was room. If there was none, it notes a gap instead, and counts further
// ones in it.
func (b *inbox) push(d delivery) bool {
	fits := len(b.queue) < b.limit
	if !fits {
		if last := b.queue[len(b.queue)-1]; last.own {
			last.err.(*GapError).Missed++
			return false
		}
		d = delivery{err: &GapError{Missed: 1, Code: core.Busy}, own: true}
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
