package history

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// ring keeps the last messages in the order in which they came, numbered from 1 on without a gap. The oldest goes first
// when there are too many, when they take too much memory, or when they are too old.
type ring struct {
	bounds      access.History
	first, next uint64   // offsets of the oldest message there is and of the one to come; equal: it is empty
	blocks      []*block // from that of first to that of next
	spare       *block   // the last one that was given up
	bytes       int64

	newestHole uint64          // 0: there was none
	lacks      map[uint64]lack // of the holes of which something is known, by offset
	forgotHole uint64          // the newest of those that are gone
}

// block is a piece of a ring. Pieces, because a slice that grows would at times take twice the memory.
type block [blockSize]record

const blockSize = 128

// record is one place in a ring: a message, or a hole, where nobody knows what was published.
type record struct {
	body core.Body // nil: a hole
	came time.Duration
}

func (r record) isHole() bool { return r.body == nil }

// cost is what a record takes of access.History.Bytes: its body, by as much as the allocator may have rounded that up, and its
// place in a block.
func (r record) cost() int64 { return int64(len(r.body) + len(r.body)/8 + recordOverhead) }

const recordOverhead = 48

func newRing(bounds access.History) ring { return ring{bounds: bounds, first: 1, next: 1} }

func (r *ring) len() int { return int(r.next - r.first) }

// at is the record of an offset that is in the ring.
func (r *ring) at(offset uint64) *record {
	return &r.blocks[offset/blockSize-r.first/blockSize][offset%blockSize]
}

// put adds a message, or a hole for a nil body, and returns its offset. What is larger than all there is room for takes
// its place, and is gone at once with all before it.
func (r *ring) put(body core.Body, now time.Duration) (offset uint64) {
	offset = r.next
	if int(offset/blockSize-r.first/blockSize) == len(r.blocks) {
		r.blocks = append(r.blocks, r.newBlock())
	}
	r.next++
	added := record{body: body, came: now}
	*r.at(offset) = added
	r.bytes += added.cost()
	if added.isHole() {
		r.newestHole = offset
	}
	r.trim(now)
	return offset
}

func (r *ring) newBlock() *block {
	b := r.spare
	r.spare = nil
	if b == nil {
		b = new(block)
	}
	return b
}

// trim drops what is out of bounds.
func (r *ring) trim(now time.Duration) {
	for r.first < r.next && r.exceeds(now) {
		r.drop()
	}
}

func (r *ring) exceeds(now time.Duration) bool {
	b := &r.bounds
	return r.bytes > int64(b.Bytes) || b.Messages > 0 && r.len() > b.Messages ||
		b.Age > 0 && now-r.at(r.first).came > b.Age
}

// drop forgets the oldest record.
func (r *ring) drop() {
	oldest := r.at(r.first)
	if oldest.isHole() {
		r.forgotHole = r.first
		if known, ok := r.lacks[r.first]; ok {
			delete(r.lacks, r.first)
			r.bytes -= known.cost()
		}
	}
	r.bytes -= oldest.cost()
	*oldest = record{}
	r.first++
	if r.first%blockSize == 0 {
		r.spare, r.blocks[0] = r.blocks[0], nil
		r.blocks = r.blocks[1:]
	}
}
