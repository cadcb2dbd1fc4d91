package outbox

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Outbox is what waits for one client, of all its sockets together. The zero value is that of a client that is away and
// for which nothing may wait; Attach and Detach say otherwise.
type Outbox struct {
	attached bool // the client is there
	wake     bool
	limit    int // bytes that may wait
	bytes    int // bytes that do

	active []*Queue // queues with something to send and credit to send it, in the order of their turns
	owing  []*Queue // queues that have to tell of what is missing in a lane in which nothing waits
	paced  laneHeap // lanes whose next message has to wait for its time
	loans  loans
	counts *Counts     // nil: nothing was counted
	frame  *core.Frame // scratch: what is handed to a Sink; there while Fill is under way
}

// Attach says that the client is there, and how many bytes may wait for it.
func (o *Outbox) Attach(limit int) { o.attached, o.limit = true, limit }

// Detach says that the client is away, and how many bytes may wait for it until it is back. Messages that can be held
// back at their source are not taken any more.
func (o *Outbox) Detach(limit int) { o.attached, o.limit = false, limit }

// Bound says how many bytes may wait from now on. What waits already stays.
func (o *Outbox) Bound(limit int) { o.limit = limit }

// Bytes is how much waits: payload, and what each message costs besides.
func (o *Outbox) Bytes() int { return o.bytes }

// Wakes tells whether there is something to do for the writer since it was asked last: it has to call Fill.
func (o *Outbox) Wakes() bool {
	wake := o.wake
	o.wake = false
	return wake
}

// Ready tells whether Fill has something to do now.
func (o *Outbox) Ready() bool { return len(o.active) > 0 || len(o.owing) > 0 }

// Quiet tells whether there is nothing at all to do: Fill has nothing to do, whatever time it is, and nothing was counted.
func (o *Outbox) Quiet() bool { return !o.Ready() && len(o.paced.lanes) == 0 && o.counts == nil }

// Due is when Fill has something to do that it could not do before; ok is false when there is no such time.
func (o *Outbox) Due() (at time.Duration, ok bool) {
	l := o.paced.first()
	if l == nil {
		return 0, false
	}
	return l.due, true
}

// NewQueue makes the queue of a socket, with the credit the client has granted when it opened it.
func (o *Outbox) NewQueue(socket uint32, messages, bytes uint64) *Queue {
	q := &Queue{box: o, socket: socket, messages: clampCredit(messages), bytes: clampCredit(bytes)}
	q.main.queue = q
	return q
}

func clampCredit(v uint64) int64 { return int64(min(v, core.MaxCredit)) }

// activate puts a queue that can send on the list of those that wait for their turn.
func (o *Outbox) activate(q *Queue) {
	if q.active || !q.sendable() {
		return
	}
	q.active = true
	o.active = append(o.active, q)
	o.wake = true
}
