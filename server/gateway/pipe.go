package gateway

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// parcel is a message on its way, and who is told when it has left.
type parcel struct {
	message core.Message
	size    int64
	sent    func() // may be nil
	end     int64  // position behind it in the output of its connection; 0 before it is given to one
}

func newParcel(m core.Message, sent func()) parcel {
	return parcel{message: m, size: int64(m.Size()), sent: sent}
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
func (l *pipe) push(x parcel) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= l.maxCount || l.count > 0 && l.bytes+x.size > l.maxBytes {
		l.refused = true
		return zmtp.ErrQueueFull
	}
	l.add(x)
	return nil
}

// force queues what has been accepted elsewhere.
func (l *pipe) force(x parcel) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(x)
}

func (l *pipe) add(x parcel) {
	l.queue = append(l.queue, x)
	l.count++
	l.bytes += x.size
	l.wake()
}

// wake tells the writer of the connection. The caller holds the lock.
func (l *pipe) wake() {
	if l.peer != nil && !l.woken && len(l.queue) > 0 {
		l.woken = true
		l.peer.Out.Push(l, 0)
	}
}

func (l *pipe) hasRoom() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count < l.maxCount && l.bytes < l.maxBytes
}

func (l *pipe) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count == 0
}

// attach gives the pipe a connection that is about to run.
func (l *pipe) attach(p *zmtp.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peer, l.woken = p, false
	l.wake()
}

// detach takes the connection, which has ended, away. What it did not take is in front of the queue again.
func (l *pipe) detach() {
	l.settle()
	for i := range l.given {
		l.given[i].end = 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.peer = nil
	l.queue = append(l.given, l.queue...)
	l.given = nil
}

// clear takes everything out of a pipe without a connection.
func (l *pipe) clear() []parcel {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.queue
	l.queue, l.count, l.bytes = nil, 0, 0
	return all
}

// Write is part of outgoing: it gives the connection some of the queue.
func (l *pipe) Write(p *zmtp.Conn) error {
	first := len(l.given)
	l.take()
	for i := first; i < len(l.given); i++ {
		if err := p.Send(nil, l.given[i].message); err != nil {
			return err
		}
		l.given[i].end = p.Offset()
	}
	l.settle()
	if len(l.given) > 0 {
		p.AfterFlush(l.settle)
	}
	return nil
}

// take moves a batch from the queue to what is given.
func (l *pipe) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, bytes := 0, int64(0)
	for n < len(l.queue) && n < pipeBatch && bytes < pipeBatchBytes {
		bytes += l.queue[n].size
		n++
	}
	l.given = append(l.given, l.queue[:n]...)
	clear(l.queue[:n])
	if n == len(l.queue) {
		l.queue = l.queue[:0]
	} else {
		l.queue = l.queue[n:]
	}
	l.woken = false
	l.wake()
}

// settle forgets what the kernel has taken all of. It is called by the writer, and by detach after it.
func (l *pipe) settle() {
	if len(l.given) == 0 {
		return
	}
	n, bytes := 0, int64(0)
	written := l.peer.Written()
	for n < len(l.given) && l.given[n].end != 0 && l.given[n].end <= written {
		bytes += l.given[n].size
		n++
	}
	vacant := l.vacate(n, bytes)
	for i := range n {
		l.given[i].left()
	}
	rest := copy(l.given, l.given[n:])
	clear(l.given[rest:])
	l.given = l.given[:rest]
	if vacant {
		l.vacated()
	}
}

// vacate makes room, and tells whether anybody wants to know. To be told of every single place would do nobody good: as
// in libzmq half of the queue has to be free.
func (l *pipe) vacate(n int, bytes int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count -= n
	l.bytes -= bytes
	vacant := l.refused && l.count <= l.maxCount/2 && l.bytes <= l.maxBytes/2
	if vacant {
		l.refused = false
	}
	return vacant
}
