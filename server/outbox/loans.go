package outbox

import "github.com/zmqwebbridge/zmqwebbridge/server/burst"

// loans are the parts of bursts that are kept for a client without a copy: in its queues, and in the sink. They count as if they
// were copies (Bytes, and what the sink says of itself), because that is what a slow client could have the bridge hold. What
// they really take is counted by burst, once for all clients.
type loans struct {
	queued int // bytes of the messages that wait
	sunk   int // bytes of the spans that the sink refers to

	spans []loan // those, in the order in which they were appended
	head  int    // index of the first one that was not returned

	more int // bytes by which all bursts that somebody keeps have become more because of this client
}

// loan is a span that the sink refers to.
type loan struct {
	number uint64 // of all that it has referred to
	block  *burst.Burst
	size   int
}

// begin notes that a message waits, and end that it does not any more.
func (l *loans) begin(e *Entry) {
	if e.block != nil {
		l.queued += e.Size
		l.more += e.block.Hold()
	}
}

func (l *loans) end(e *Entry) {
	if e.block != nil {
		l.queued -= e.Size
		l.more += e.block.Release()
	}
}

// lend notes a span.
func (l *loans) lend(x loan) {
	if l.head > 0 && len(l.spans) == cap(l.spans) {
		n := copy(l.spans, l.spans[l.head:])
		clear(l.spans[n:])
		l.spans, l.head = l.spans[:n], 0
	}
	l.spans = append(l.spans, x)
	l.sunk += x.size
	l.more += x.block.Hold()
}

// takeBack notes that the sink refers to none of the spans up to that number.
func (l *loans) takeBack(number uint64) {
	for l.head < len(l.spans) && l.spans[l.head].number <= number {
		x := &l.spans[l.head]
		l.sunk -= x.size
		l.more += x.block.Release()
		*x = loan{}
		l.head++
	}
	if l.head == len(l.spans) {
		l.spans, l.head = l.spans[:0], 0
		if cap(l.spans) > spare {
			l.spans = nil
		}
	}
}

// forget takes out of the books what waits in a lane, which is about to go.
func (o *Outbox) forget(l *lane) {
	o.bytes -= l.size
	for i := l.head; i < len(l.entries); i++ {
		o.loans.end(&l.entries[i])
	}
}

// Borrowed is how much of what waits, and of what the sink refers to, is bursts that others may keep as well.
func (o *Outbox) Borrowed() (waiting, inSink int) { return o.loans.queued, o.loans.sunk }

// Return is told how many of the spans the sink has let go that it referred to.
func (o *Outbox) Return(spans uint64) {
	if len(o.loans.spans) > 0 {
		o.loans.takeBack(spans)
	}
}

// ReturnAll is told that the sink has let go everything.
func (o *Outbox) ReturnAll() { o.loans.takeBack(1<<64 - 1) }

// TakeGrowth returns by how many bytes all the bursts that somebody keeps, each counted once, have become more because of this
// client since it was asked last.
func (o *Outbox) TakeGrowth() (bytes int) {
	bytes, o.loans.more = o.loans.more, 0
	return bytes
}
