package outbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// Leaving is what waits for the socket's client, to go on at another bridge. The bodies are the queue's own: they are valid until it changes.
func (q *Queue) Leaving() moved.Inbound {
	in := moved.Inbound{Messages: q.messages, Bytes: q.bytes}
	type placed struct {
		arrival int64
		moved.Waiting
	}
	var all []placed
	for l := range q.lanes() {
		lost := l.lost
		for i := l.head; i < len(l.entries); i++ {
			e := &l.entries[i]
			all = append(all, placed{e.arrival, moved.Waiting{Lane: l.id, Body: e.Body, Size: e.Size, Endpoint: e.Endpoint, Offset: e.Offset,
				TooLarge: e.TooLarge, Missed: e.missed + lost, Away: e.away, Absent: uint64(e.absent)}})
			lost = 0
		}
		tail := moved.Tail{Lane: l.id, Missed: l.missed + lost, Conflated: l.conflated, Away: l.away, Absent: uint64(l.absent)}
		if tail != (moved.Tail{Lane: l.id}) {
			in.Tails = append(in.Tails, tail)
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.arrival, b.arrival) })
	for i := range all {
		in.Waiting = append(in.Waiting, all[i].Waiting)
	}
	return in
}

// Arrive brings in what waited at another bridge. It is for a queue to which nothing has come, with its subscriptions. What waited for one that is
// not among them is for nobody any more; what was in a lane of a subscription that has none of its own here goes to the main one.
func (q *Queue) Arrive(in *moved.Inbound) {
	q.messages, q.bytes = in.Messages, in.Bytes
	for i := range in.Waiting {
		w := &in.Waiting[i]
		l := q.laneBy(w.Lane)
		if l == nil {
			continue
		}
		e := Entry{Body: w.Body, Size: w.Size, Endpoint: w.Endpoint, Offset: w.Offset, TooLarge: w.TooLarge, away: w.Away,
			absent: min(absent(w.Absent), unknownAbsent)}
		l.missed += w.Missed
		q.box.push(l, &e)
	}
	for _, t := range in.Tails {
		l := q.laneBy(t.Lane)
		if l == nil {
			continue
		}
		l.missed += t.Missed
		l.conflated += t.Conflated
		l.away = l.away || t.Away
		l.absent.add(min(absent(t.Absent), unknownAbsent))
		if l.len() == 0 && (l.missed > 0 || l.absent > 0) {
			q.box.owe(q)
		}
	}
	q.box.activate(q)
}

// laneBy is the lane of a subscription; nil: it is for nobody.
func (q *Queue) laneBy(id uint64) *lane {
	switch {
	case q.own != nil && q.own.lanes[id] != nil:
		return q.own.lanes[id]
	case id == 0 || id == stray || q.Subscribed(id):
		return &q.main
	}
	return nil
}

// Asked is what a page would ask for to have these terms.
func (t Terms) Asked() (overflow core.Overflow, millis uint64) {
	if t.Chosen {
		overflow = t.Overflow
	}
	return overflow, uint64((t.interval + time.Millisecond - 1) / time.Millisecond)
}
