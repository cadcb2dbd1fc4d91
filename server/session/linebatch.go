package session

import "sync"

// batches are buffers for WebSocket messages that are written. A line has one only while it has something to write: most
// have not, at any moment, and there may be very many lines.
var batches = sync.Pool{New: func() any { return new([]byte) }}

// largestBatch is what a buffer has that is used again. It has room for what is usually written in one go; a large message
// must not hold its memory for longer than it takes to write it.
const largestBatch = 128 << 10

// borrow is for the writing goroutine, as are writes and giveBack.
func (c *lineCost) borrow() []byte { return (*batches.Get().(*[]byte))[:0] }

// writes is told what is about to be written. A client that does not read may have the bridge hold it for long.
func (c *lineCost) writes(batch []byte) { c.writeCost(cap(batch)) }

func (c *lineCost) giveBack(batch []byte) {
	c.writeCost(0)
	if cap(batch) <= largestBatch {
		batches.Put(&batch)
	}
}

func (c *lineCost) writeCost(bytes int) {
	if c.written == bytes {
		return
	}
	c.written = bytes
	c.Lock()
	defer c.Unlock()
	c.writing.Set(bytes)
}
