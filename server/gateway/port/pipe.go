package port

import (
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// parcel is a message on its way, and who is told when it has left.
type parcel struct {
	from    *Port // whose message it is
	message core.Message
	size    int64
	sent    func() // may be nil
	sparing bool   // not for those for whom much waits already
	end     int64  // position behind it in the output of its connection; 0 before it is given to one
}

func newParcel(from *Port, m core.Message, sent func()) parcel {
	return parcel{from: from, message: m, size: int64(m.Size()), sent: sent}
}

// left reports that the message has left, one way or the other.
func (x *parcel) left() {
	if x.sent != nil {
		x.sent()
	}
}

// Bounds of what a pipe writes before the connection's other business has its turn.
const (
	pipeBatch      = 256
	pipeBatchBytes = 256 << 10
)

// pipe is the bounded queue of messages towards one peer. It outlives connections: it forgets a message only when the
// kernel has taken all of it, so what is left when a connection dies can go over the next one, and nothing goes twice.
type pipe struct {
	maxCount int
	maxBytes int64
	vacated  func() // called, without a lock held, when there is room again after a refusal

	given []parcel // of the writer: given to the connection, not wholly taken by the kernel yet

	mu      sync.Mutex
	queue   []parcel   // not given to a connection
	count   int        // of queue and given
	bytes   int64      // of both
	peer    *zmtp.Conn // nil: there is no connection
	woken   bool       // the writer knows that there is something to write
	refused bool       // since there was room last
}

func newPipe(c *zmtp.Config, vacated func()) *pipe {
	return &pipe{maxCount: c.HWM, maxBytes: c.MaxQueued, vacated: vacated}
}

// push queues x or returns ErrQueueFull. A message larger than the whole budget is accepted when nothing else is queued,
// or it could never be sent.
func (q *pipe) push(x parcel) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.count >= q.maxCount || q.count > 0 && q.bytes+x.size > q.maxBytes {
		q.refused = true
		return zmtp.ErrQueueFull
	}
	q.add(x)
	return nil
}

// force queues what has been accepted elsewhere.
func (q *pipe) force(x parcel) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.add(x)
}

func (q *pipe) add(x parcel) {
	q.queue = append(q.queue, x)
	q.count++
	q.bytes += x.size
	q.wake()
}

// wake tells the writer of the connection. The caller holds the lock.
func (q *pipe) wake() {
	if q.peer != nil && !q.woken && len(q.queue) > 0 {
		q.woken = true
		q.peer.Out.Push(q, 0)
	}
}

// reach is how the pipe stands to its peer.
func (q *pipe) reach() Reach {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.peer == nil:
		return ReachAway
	case !q.peer.Answers():
		return ReachSilent
	case q.count >= q.maxCount || q.bytes >= q.maxBytes:
		return ReachFull
	}
	return ReachReady
}

// answers tells whether there is a peer, who is heard from.
func (q *pipe) answers() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.peer != nil && q.peer.Answers()
}

func (q *pipe) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count == 0
}

// attach gives the pipe a connection that is about to run.
func (q *pipe) attach(p *zmtp.Conn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.peer, q.woken = p, false
	q.wake()
}

// detach takes the connection, which has ended, away. What it did not take is in front of the queue again.
func (q *pipe) detach() {
	q.settle()
	for i := range q.given {
		q.given[i].end = 0
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.peer = nil
	q.queue = append(q.given, q.queue...)
	q.given = nil
}

// clear takes everything out of a pipe without a connection.
func (q *pipe) clear() []parcel {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.queue
	q.queue, q.count, q.bytes = nil, 0, 0
	return all
}

// takeReturned takes out of a pipe without a connection what the ports that sent it want back.
func (q *pipe) takeReturned() map[*Port][]core.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	var returned map[*Port][]core.Message
	q.queue = slices.DeleteFunc(q.queue, func(x parcel) bool {
		if x.from.returned == nil || x.from.released.Load() {
			return false
		}
		if returned == nil {
			returned = make(map[*Port][]core.Message)
		}
		returned[x.from] = append(returned[x.from], x.message)
		q.count--
		q.bytes -= x.size
		return true
	})
	return returned
}

// takeFrom takes out what a port has sent and no connection was given yet.
func (q *pipe) takeFrom(from *Port) (taken []parcel) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = slices.DeleteFunc(q.queue, func(x parcel) bool {
		if x.from != from {
			return false
		}
		taken = append(taken, x)
		q.count--
		q.bytes -= x.size
		return true
	})
	return taken
}

// Write implements zmtp.Outgoing: it gives the connection some of the queue.
func (q *pipe) Write(p *zmtp.Conn) error {
	first := len(q.given)
	q.take()
	for i := first; i < len(q.given); i++ {
		if err := p.Send(nil, q.given[i].message); err != nil {
			return err
		}
		q.given[i].end = p.Offset()
	}
	q.settle()
	if len(q.given) > 0 {
		p.AfterFlush(q.settle)
	}
	return nil
}

// take moves a batch from the queue to what is given.
func (q *pipe) take() {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, int64(0)
	for n < len(q.queue) && n < pipeBatch && bytes < pipeBatchBytes {
		bytes += q.queue[n].size
		n++
	}
	q.given = append(q.given, q.queue[:n]...)
	clear(q.queue[:n])
	if n == len(q.queue) {
		q.queue = q.queue[:0]
	} else {
		q.queue = q.queue[n:]
	}
	q.woken = false
	q.wake()
}

// settle forgets what the kernel has taken all of. It is called by the writer, and by detach after it.
func (q *pipe) settle() {
	if len(q.given) == 0 {
		return
	}
	n, bytes := 0, int64(0)
	written := q.peer.Written()
	for n < len(q.given) && q.given[n].end != 0 && q.given[n].end <= written {
		bytes += q.given[n].size
		n++
	}
	vacant := q.vacate(n, bytes)
	for i := range n {
		q.given[i].left()
	}
	rest := copy(q.given, q.given[n:])
	clear(q.given[rest:])
	q.given = q.given[:rest]
	if vacant {
		q.vacated()
	}
}

// vacate makes room, and tells whether anybody wants to know. To be told of every single place would do nobody good: as
// in libzmq half of the queue has to be free.
func (q *pipe) vacate(n int, bytes int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count -= n
	q.bytes -= bytes
	vacant := q.refused && q.count <= q.maxCount/2 && q.bytes <= q.maxBytes/2
	if vacant {
		q.refused = false
	}
	return vacant
}

// discard drops messages that were accepted.
func discard(d *drop.Counters, parcels []parcel, reason drop.Reason) {
	for i := range parcels {
		d.Add(reason)
		parcels[i].left()
	}
}
