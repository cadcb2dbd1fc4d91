package bench

import (
	"math"
	"time"
)

// questions are the requests of one client that have no answer yet. The client's lock guards them.
type questions struct {
	places  []question // by the request's number; more than can be pending, so that a late answer holds up none
	last    uint64
	pending int
	payload []byte
}

type question struct {
	id uint64 // 0: none
	at int64
}

func (q *questions) init(window int) {
	size := 8
	for size < 4*window {
		size *= 2
	}
	q.places = make([]question, size)
}

// next is the number of a new request, which is sent at the time.
func (q *questions) next(at int64) uint64 {
	for {
		q.last++
		if p := &q.places[q.last%uint64(len(q.places))]; p.id == 0 {
			*p = question{q.last, at}
			q.pending++
			return q.last
		}
	}
}

// answered forgets a request, and says when it was sent.
func (q *questions) answered(id uint64) (at int64, ok bool) {
	p := &q.places[id%uint64(len(q.places))]
	if id == 0 || p.id != id {
		return 0, false
	}
	at = p.at
	*p = question{}
	q.pending--
	return at, true
}

// unanswered counts those that were sent at that time or later.
func (q *questions) unanswered(since int64) (n uint64) {
	for _, p := range q.places {
		if p.id != 0 && p.at >= since {
			n++
		}
	}
	return n
}

// askMore asks until as much is pending as shall be. The lock is held.
func (c *client) askMore(now time.Time) {
	if !c.crowd.asking.Load() {
		return
	}
	at := c.crowd.time(now)
	for c.questions.pending < c.crowd.load.Window {
		id := c.questions.next(at)
		if c.questions.payload == nil {
			c.questions.payload = blank(c.crowd.load.Size)
		}
		putMark(c.questions.payload, at, id)
		c.out = c.speech.ask(c.out, id, c.questions.payload)
	}
}

// answer counts the answer to a request. The locks of the client and of its shard are held.
func (c *client) answer(id uint64, failed bool, now time.Time) {
	at, ok := c.questions.answered(id)
	s, counts := c.shard, ok && at >= c.crowd.from.Load()
	switch {
	case !ok:
		s.strange++
	case failed:
		if counts {
			s.failed++
		}
	default:
		s.delivered.Add(1)
		if counts {
			s.counted++
			s.record(c.crowd.time(now) - at)
		}
	}
}

// never is a time, or a number, before which nothing counts.
const never = math.MaxInt64
