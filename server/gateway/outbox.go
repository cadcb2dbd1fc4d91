package gateway

import (
	"sync"
	"sync/atomic"
)

// outgoing is something queued towards a peer. write runs in the peer's writer goroutine; what it writes with
// [peer.send] is on the wire after the flush that follows.
type outgoing interface {
	write(p *peer) error
}

// outbox is the bounded queue towards one connection. When it is full the newest is refused, which is ZeroMQ's own rule.
type outbox struct {
	maxCount, maxBytes int64

	// count and bytes cover what is queued and what the writer has taken but not yet written.
	count, bytes atomic.Int64

	ready chan struct{} // holds a token when there is something to take

	mu     sync.Mutex
	closed bool
	queued []entry
	spare  []entry // the slice taken before, for reuse
}

type entry struct {
	out  outgoing
	size int64
}

func newOutbox(c Config) *outbox {
	return &outbox{maxCount: int64(c.HWM), maxBytes: c.MaxQueued, ready: make(chan struct{}, 1)}
}

// push queues o, which has size payload bytes, or returns errQueueFull or errPeerGone.
func (b *outbox) push(o outgoing, size int64) error {
	if err := b.append(o, size); err != nil {
		return err
	}
	select {
	case b.ready <- struct{}{}:
	default:
	}
	return nil
}

// append refuses what exceeds the budget. A message larger than all of it is accepted when nothing else is queued, or it
// could never be sent.
func (b *outbox) append(o outgoing, size int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return errPeerGone
	}
	count := b.count.Load()
	if count >= b.maxCount || count > 0 && b.bytes.Load()+size > b.maxBytes {
		return errQueueFull
	}
	b.count.Add(1)
	b.bytes.Add(size)
	b.queued = append(b.queued, entry{o, size})
	return nil
}

// take returns everything queued, oldest first. The slice is the caller's until it takes again; for each entry it calls
// written.
func (b *outbox) take() []entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.queued
	b.queued, b.spare = b.spare[:0], taken
	return taken
}

// empty tells whether all that was queued has been written.
func (b *outbox) empty() bool { return b.count.Load() == 0 }

// written gives the room of an entry back and forgets what it held.
func (b *outbox) written(e *entry) {
	b.count.Add(-1)
	b.bytes.Add(-e.size)
	e.out = nil
}

// clear drops everything queued, also what a writer took and did not write before it ended. It must have ended.
func (b *outbox) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.queued)
	clear(b.spare)
	b.queued = b.queued[:0]
	b.count.Store(0)
	b.bytes.Store(0)
}

// close drops everything and refuses what comes. The writer must have ended.
func (b *outbox) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.clear()
}
