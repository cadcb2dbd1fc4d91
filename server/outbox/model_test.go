package outbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// model is an Outbox as one would write it who has all the time in the world: every question is answered by looking at
// everything there is. TestOutboxAgainstTheModel compares the two.
type model struct {
	attached bool
	limit    int
	queues   []*modelQueue

	dropped, conflated uint64
}

type modelQueue struct {
	box             *model
	closed          bool
	lanes           []*modelLane // the first is the main one
	subscriptions   []*modelSubscription
	claims          int
	arrivals        int64
	messages, bytes int64
}

type modelSubscription struct {
	id     uint64
	prefix string
	lane   *modelLane // nil: the main one
	claim  int        // of two with the same prefix, the larger one decides
}

type modelLane struct {
	Terms
	id      uint64
	entries []modelEntry
	due     time.Duration

	lost, missed, conflated uint64
	away                    bool
}

type modelEntry struct {
	topic, value string
	offset       uint64
	arrival      int64
	missed       uint64
	away         bool
}

func (e modelEntry) size() int { return len(e.topic) + len(e.value) }

func (m *model) waiting() (bytes int) {
	for _, q := range m.queues {
		for _, l := range q.lanes {
			for _, e := range l.entries {
				bytes += e.size() + place
			}
		}
	}
	return bytes
}

func (q *modelQueue) len() (n int) {
	for _, l := range q.lanes {
		n += len(l.entries)
	}
	return n
}

func (q *modelQueue) granted() int {
	if q.bytes <= 0 {
		return 0
	}
	return int(max(q.messages, 0))
}

func (q *modelQueue) inOrder() bool {
	return !slices.ContainsFunc(q.lanes, func(l *modelLane) bool { return l.conflates() })
}

// subscribe claims the prefix anew. The claims of subscriptions to the main lane count from when a lane is there.
func (q *modelQueue) agree(s *modelSubscription, t Terms) {
	hasLanes := len(q.lanes) > 1
	switch {
	case s.lane != nil:
		q.revise(s.lane, t)
		return
	case t.differ(q.lanes[0].Terms):
		if !hasLanes {
			slices.SortFunc(q.subscriptions, func(a, b *modelSubscription) int { return cmp.Compare(a.id, b.id) })
			for _, s := range q.subscriptions {
				q.claims++
				s.claim = q.claims
			}
		}
		s.lane = &modelLane{Terms: t, id: s.id}
		q.lanes = append(q.lanes, s.lane)
	}
	q.claims++
	s.claim = q.claims
}

func (q *modelQueue) revise(l *modelLane, t Terms) {
	changed := t.conflates() != l.conflates()
	l.Terms = t
	if !changed {
		return
	}
	waiting := l.entries
	if len(waiting) > 0 {
		waiting[0].missed += l.lost
		l.lost = 0
	}
	l.entries = nil
	for _, e := range waiting {
		if q.closed {
			q.box.dropped++
			continue
		}
		l.lost += e.missed
		e.missed = 0
		q.put(l, e)
	}
}

func (q *modelQueue) unsubscribe(s *modelSubscription) {
	q.subscriptions = slices.DeleteFunc(q.subscriptions, func(other *modelSubscription) bool { return other == s })
	q.lanes = slices.DeleteFunc(q.lanes, func(l *modelLane) bool { return l == s.lane })
}

// offer finds the lane: that of the subscription with the longest prefix, and of several with the same that of the last.
func (q *modelQueue) offer(e modelEntry) {
	var best *modelSubscription
	for _, s := range q.subscriptions {
		better := best == nil || len(s.prefix) > len(best.prefix) || len(s.prefix) == len(best.prefix) && s.claim > best.claim
		if strings.HasPrefix(e.topic, s.prefix) && better {
			best = s
		}
	}
	if best == nil || best.lane == nil {
		q.put(q.lanes[0], e)
	} else {
		q.put(best.lane, e)
	}
}

func (q *modelQueue) put(l *modelLane, e modelEntry) {
	if l.conflates() {
		for i := len(l.entries) - 1; i >= 0; i-- {
			old := &l.entries[i]
			if old.topic != e.topic {
				continue
			}
			if grown := e.size() - old.size(); grown > 0 && q.box.waiting()+grown > q.box.limit {
				break
			}
			old.value, old.offset, old.away = e.value, e.offset, old.away || e.away
			l.conflated++
			q.box.conflated++
			return
		}
	}
	if !q.fits(l, e) && l.Overflow == core.CloseSlow {
		q.box.dropped += uint64(q.len() + 1)
		*q = modelQueue{box: q.box, closed: true, lanes: []*modelLane{{}}}
		return
	}
	if l.dropsOldest() && q.helps(l, e) {
		for len(l.entries) > 0 && !q.fits(l, e) {
			oldest := l.entries[0]
			l.entries = l.entries[1:]
			l.lost += oldest.missed + 1
			q.box.dropped++
			if len(l.entries) > 0 {
				l.entries[0].away = l.entries[0].away || oldest.away
			} else {
				l.away = l.away || oldest.away
			}
		}
	}
	if !q.fits(l, e) {
		l.missed++
		q.box.dropped++
		return
	}
	q.arrivals++
	e.arrival = q.arrivals
	e.missed, l.missed = l.missed, 0
	e.away, l.away = e.away || l.away, false
	l.entries = append(l.entries, e)
}

func (q *modelQueue) fits(l *modelLane, e modelEntry) bool {
	room := l.HWM
	if l.interval == 0 {
		room += max(0, q.granted()-(q.len()-len(l.entries)))
	}
	return len(l.entries) < room && q.box.waiting()+e.size()+place <= q.box.limit
}

func (q *modelQueue) helps(l *modelLane, e modelEntry) bool {
	rest := q.box.waiting() + e.size() + place
	for _, old := range l.entries {
		rest -= old.size() + place
	}
	return rest <= q.box.limit
}

// next is the lane that sends next: of those whose time has come the one whose first message came first.
func (q *modelQueue) next(now time.Duration) (next *modelLane) {
	if q.messages <= 0 || q.bytes <= 0 {
		return nil
	}
	for _, l := range q.lanes {
		ready := len(l.entries) > 0 && (l.interval == 0 || l.due <= now)
		if ready && (next == nil || l.entries[0].arrival < next.entries[0].arrival) {
			next = l
		}
	}
	return next
}

// fill is what the client is sent, as text.
func (q *modelQueue) fill(now time.Duration) (said []string) {
	gap := func(l *modelLane, messages uint64, why core.Code) {
		said = append(said, fmt.Sprintf("[%d %v %d]", l.id, why, messages))
	}
	for l := q.next(now); l != nil; l = q.next(now) {
		e := l.entries[0]
		if e.away {
			gap(l, 0, core.Unavailable)
		}
		if missing := e.missed + l.lost; missing > 0 {
			gap(l, missing, core.Busy)
		}
		if l.conflated > 0 {
			gap(l, l.conflated, core.OK)
		}
		word := e.topic + "=" + e.value
		if e.offset > 0 && q.inOrder() {
			word += fmt.Sprintf("@1/%d", e.offset)
		}
		said = append(said, word)
		q.messages--
		q.bytes -= int64(e.size())
		l.entries, l.lost, l.conflated = l.entries[1:], 0, 0
		if e.offset > 0 && len(q.lanes) > 1 && l.missed > 0 && len(l.entries) == 0 {
			gap(l, l.missed, core.Busy)
			l.missed = 0
		}
		l.due = now + l.interval
	}
	return said
}
