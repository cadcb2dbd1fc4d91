package sending

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// receiptPause is the least time between two receipts: a client that sends all the time is not answered each time.
const receiptPause = 100 * time.Millisecond

// receipts are what the client of a PUSH is told of its messages: which of them have left. They have the numbers in which they came. The
// session's lock guards it.
type receipts struct {
	wanted  bool               // the client can be told
	last    uint64             // the number of the last message
	numbers map[*[]byte]uint64 // of those that have not left, by where their parts are: what ports give back are the same
	left    []uint64           // the numbers of those of which the client has yet to be told
	told    time.Time          // when it was told last
	timer   *time.Timer        // tells it; nil: it does not run
}

// came is told of a message that has come.
func (r *receipts) came(m core.Message) {
	r.last++
	if r.wanted {
		r.number(m, r.last)
	}
}

func (r *receipts) number(m core.Message, number uint64) {
	if r.numbers == nil {
		r.numbers = map[*[]byte]uint64{}
	}
	r.numbers[&m[0]] = number
}

// take takes out the number of a message of which the client is told at once; 0: it has none.
func (r *receipts) take(m core.Message) uint64 {
	number := r.numbers[&m[0]]
	delete(r.numbers, &m[0])
	return number
}

// leftLocked has the client told that a message has left: now, or when it may be told again.
func (b *Backlog) leftLocked(m core.Message) {
	r := &b.receipts
	number := r.take(m)
	if number == 0 || b.stopped {
		return
	}
	r.left = append(r.left, number)
	if r.timer != nil {
		return
	}
	if wait := receiptPause - time.Since(r.told); wait > 0 {
		r.timer = time.AfterFunc(wait, b.tellLeft)
		return
	}
	b.tellLeftLocked()
}

// tellLeft is run by the timer.
func (b *Backlog) tellLeft() {
	b.handle.Lock()
	defer b.handle.Unlock()
	b.receipts.timer = nil
	if !b.stopped {
		b.tellLeftLocked()
	}
}

// tellLeftLocked tells the client what has left. Credit follows this, and not the other way round: so what a client has to keep to be able to
// send it again is never more than what it has credit for.
func (b *Backlog) tellLeftLocked() {
	r := &b.receipts
	if len(r.left) == 0 {
		return
	}
	slices.Sort(r.left)
	first := r.left[0]
	for i, number := range r.left {
		if i+1 < len(r.left) && r.left[i+1] == number+1 {
			continue
		}
		b.handle.SendLocked(&core.Frame{Kind: core.KindLeft, ID: first, Messages: number + 1 - first})
		if i+1 < len(r.left) {
			first = r.left[i+1]
		}
	}
	r.left, r.told = r.left[:0], time.Now()
}

func (r *receipts) stop() {
	if r.timer != nil {
		r.timer.Stop()
	}
}

// rest are the numbers of the messages that are left, in order.
func (r *receipts) rest() (numbers []uint64) {
	for _, number := range r.numbers {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}
