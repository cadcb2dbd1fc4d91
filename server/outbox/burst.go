package outbox

import "github.com/zmqwebbridge/zmqwebbridge/server/burst"

// OfferBurst is Offer for messages that came together. Where nothing waits before them they go straight into the sink.
// endpoint is that of their history, if they have places in one and the client is to be told them.
func (q *Queue) OfferBurst(p burst.Part, endpoint uint64, sink Sink) Verdict {
	if q.straight(p, sink) && q.pass(p, endpoint, sink) {
		return Queued
	}
	verdict := Queued
	pins := p.Pins()
	for _, r := range p.Ranges {
		for i := r.From; i < r.To && verdict != Closed; i++ {
			e := Entry{Body: p.Body(i), Size: p.Size(i, i+1), block: p.Burst, pins: pins}
			if endpoint != 0 {
				e.Endpoint, e.Offset = endpoint, p.Offset(i)
			}
			verdict = max(verdict, q.Offer(&e))
		}
	}
	return verdict
}

// straight tells whether it is the turn of p: nothing waits or is to be told before it, and there is credit and room for all
// of it.
func (q *Queue) straight(p burst.Part, sink Sink) bool {
	o, l := q.box, &q.main
	if !o.attached || q.closed || q.own != nil || l.topics != nil || q.count > 0 ||
		l.missed > 0 || l.lost > 0 || l.conflated > 0 || l.away || l.absent > 0 || len(o.active) > 0 || len(o.owing) > 0 {
		return false
	}
	count, payload := p.Count(), p.Payload()
	return int64(count) <= q.messages && q.bytes > 0 && int64(payload) <= q.bytes &&
		o.bytes+payload+count*place <= o.limit && sink.Queued() < batchRoom
}

// pass hands p to the sink, of which straight has said yes. It returns false, and has done nothing, if one of the messages may
// be larger than the client takes.
func (q *Queue) pass(p burst.Part, endpoint uint64, sink Sink) bool {
	pins := p.Pins()
	for _, r := range p.Ranges {
		frames, largest := p.Frames(q.socket, endpoint, r.From, r.To)
		before := sink.Lent()
		if sink.AppendSpan(frames, r.To-r.From, largest, !pins) != nil {
			return false // which is so of the first range, or of none
		}
		if number := sink.Lent(); number != before {
			q.box.loans.lend(loan{number, p.Burst, len(frames)})
		}
	}
	count := p.Count()
	q.arrivals += int64(count)
	q.messages -= int64(count)
	q.bytes -= int64(p.Payload())
	q.box.count().Sent += uint64(count)
	return true
}
