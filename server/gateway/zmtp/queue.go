package zmtp

import (
	"math"
	"sync"
	"sync/atomic"
)

// Outgoing is something queued towards a peer. Write runs in the writer goroutine of the connection; what it writes with
// [Conn.Send] is on the wire after the flush that follows.
type Outgoing interface {
	Write(p *Conn) error
}

// Leaver is an Outgoing that is told when the queue has nothing to do with it any more, because it was written or dropped: once
// for every Push that took it, and without a lock.
type Leaver interface{ Left() }

// Queue is the bounded queue towards one connection. When it is full the newest is refused, which is ZeroMQ's own rule.
type Queue struct {
	maxCount, maxBytes int64

	// count and bytes cover what is queued and what the writer has taken but not yet written.
	count, bytes atomic.Int64

	ready chan struct{} // holds a token when there is something to take

	mu     sync.Mutex
	closed bool
	queued []Entry
	spare  []Entry // the slice taken before, for reuse
}

// Entry is one thing in a Queue.
type Entry struct {
	Out  Outgoing
	Size int64 // payload bytes
}

// NewQueue makes a queue with the bounds of a configuration.
func NewQueue(c *Config) *Queue {
	return &Queue{maxCount: int64(c.HWM), maxBytes: c.MaxQueued, ready: make(chan struct{}, 1)}
}

// Ready holds a token when there is something to take.
func (b *Queue) Ready() <-chan struct{} { return b.ready }

// Push queues o, which has size payload bytes, or returns ErrQueueFull or ErrGone.
func (b *Queue) Push(o Outgoing, size int64) error {
	_, err := b.PushAll([]Entry{{o, size}})
	return err
}

// PushAll queues entries in their order, as many as there is room for. If these are not all, the error is ErrQueueFull or
// ErrGone.
func (b *Queue) PushAll(entries []Entry) (taken int, err error) {
	taken, err = b.append(entries)
	if taken > 0 {
		select {
		case b.ready <- struct{}{}:
		default:
		}
	}
	return taken, err
}

// append refuses what exceeds the budget. A message larger than all of it is accepted when nothing else is queued, or it
// could never be sent.
func (b *Queue) append(entries []Entry) (taken int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, ErrGone
	}
	bytes := int64(0)
	count, queued := b.count.Load(), b.bytes.Load()
	for _, e := range entries {
		if count >= b.maxCount || count > 0 && queued+e.Size > b.maxBytes {
			err = ErrQueueFull
			break
		}
		count++
		queued += e.Size
		bytes += e.Size
		taken++
	}
	b.count.Add(int64(taken))
	b.bytes.Add(bytes)
	b.queued = append(b.queued, entries[:taken]...)
	return taken, err
}

// Take returns everything queued, oldest first. The slice is the caller's until it takes again; it hands
// all of it to Written, bit by bit.
func (b *Queue) Take() []Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.queued
	b.queued, b.spare = b.spare[:0], taken
	return taken
}

// Empty tells whether all that was queued has been written.
func (b *Queue) Empty() bool { return b.count.Load() == 0 }

// Written gives the room of entries back and forgets what they held.
func (b *Queue) Written(entries []Entry) {
	bytes := int64(0)
	for i := range entries {
		bytes += entries[i].Size
	}
	b.count.Add(-int64(len(entries)))
	b.bytes.Add(-bytes)
	for i := range entries {
		out := entries[i].Out
		entries[i].Out = nil
		if l, ok := out.(Leaver); ok {
			l.Left()
		}
	}
}

// Bytes is how much is queued, and has been taken and not written.
func (b *Queue) Bytes() int64 { return b.bytes.Load() }

// Clear drops everything queued, also what a writer took and did not write before it ended. It must have ended.
func (b *Queue) Clear() {
	for _, l := range b.clear() {
		l.Left()
	}
}

// clear does so, and returns whom to tell.
func (b *Queue) clear() (leavers []Leaver) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, entries := range [][]Entry{b.spare, b.queued} {
		for i := range entries {
			if l, ok := entries[i].Out.(Leaver); ok {
				leavers = append(leavers, l)
			}
		}
		clear(entries)
	}
	b.queued = b.queued[:0]
	b.count.Store(0)
	b.bytes.Store(0)
	return leavers
}

// Close drops everything and refuses what comes. The writer must have ended.
func (b *Queue) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.Clear()
}

// Wakeups makes a queue without bounds, for who keeps messages in a bounded queue of his own, and only wakes the writer
// through this one.
func Wakeups() *Queue {
	return &Queue{maxCount: math.MaxInt64, maxBytes: math.MaxInt64, ready: make(chan struct{}, 1)}
}
