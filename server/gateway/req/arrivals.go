package req

import (
	"runtime/debug"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// arrivals are the replies that one read of the backend's connection has brought. They are handed over when all of them are
// there: they are matched with their requests under one lock, and callers who are of a group are visited once for those that
// follow one another. The reader goroutine has them.
type arrivals struct {
	requester *Requester
	list      []arrival
	parts     [][]byte // of all of them
	matched   int      // so many of list were looked for among the pending requests
	handed    int      // so many of list are done with
	flushes   []Group  // which want to be flushed
}

// arrival is one reply.
type arrival struct {
	id         uint64
	begin, end uint32   // of its parts
	request    *Request // once it is matched; nil: there is none any more, or the writer is going to report it
	group      Group    // of its caller
}

// fewArrivals is how many places are kept while nothing comes.
const fewArrivals = 512

// add notes a reply. Its parts are valid until handOver has returned.
func (a *arrivals) add(id uint64, reply core.Message) {
	begin := uint32(len(a.parts))
	a.parts = append(a.parts, reply...)
	a.list = append(a.list, arrival{id: id, begin: begin, end: uint32(len(a.parts))})
}

func (a *arrivals) reply(of *arrival) core.Message { return a.parts[of.begin:of.end:of.end] }

// handOver ends the requests that the replies are for. If a caller panics, which ends the connection, the next call goes on
// behind it.
func (a *arrivals) handOver() {
	if len(a.list) == 0 {
		return
	}
	a.match()
	now := time.Now() // once for all that came together
	for a.handed < len(a.list) {
		a.visit(now)
	}
	for last := len(a.flushes) - 1; last >= 0; last-- {
		g := a.flushes[last]
		a.flushes[last] = nil
		a.flushes = a.flushes[:last]
		g.Flush()
	}
	a.clear()
}

// pause is zmtp.Conn.OnPause.
func (a *arrivals) pause() (more bool, err error) {
	a.handOver()
	return false, nil
}

// finish is the last handOver, when the reader has ended. It may have been a panic that has ended it, and if there is another,
// the requests that are left have no reply.
func (a *arrivals) finish() {
	defer func() {
		if cause := recover(); cause != nil {
			a.requester.config.Links.Log.Error("gateway: panic while replies were handed over", "endpoint", a.requester.link.Endpoint().String(), "panic", cause, "stack", string(debug.Stack()))
			for ; a.handed < len(a.list); a.handed++ {
				if r := a.list[a.handed].request; r != nil {
					a.list[a.handed].request = nil
					go r.report(answer{err: errUnhandled})
				}
			}
			a.flushes = nil
			a.clear()
		}
	}()
	a.handOver()
}

func (a *arrivals) clear() {
	a.matched, a.handed = 0, 0
	if cap(a.list) > fewArrivals || cap(a.parts) > fewArrivals {
		a.list, a.parts = nil, nil
		return
	}
	clear(a.list)
	clear(a.parts)
	a.list, a.parts = a.list[:0], a.parts[:0]
}

// match finds the requests, and takes them from the pending ones.
func (a *arrivals) match() {
	q := a.requester
	fresh := a.list[a.matched:]
	a.matched = len(a.list)
	q.mu.Lock()
	taken := 0
	for i := range fresh {
		if r := q.pending.get(fresh[i].id); r != nil {
			q.remove(fresh[i].id)
			fresh[i].request = r
			taken++
		}
	}
	q.counters.Pending.Add(-int64(taken))
	q.mu.Unlock()
	q.counters.Late.Add(uint64(len(fresh) - taken))
	for i := range fresh { // by itself: several requests at a time are fetched from memory, which atomic operations would prevent
		if r := fresh[i].request; r != nil {
			fresh[i].group = r.caller.Group()
		}
	}
	for i := range fresh {
		if f := &fresh[i]; f.request != nil && !f.request.settle(answer{reply: a.reply(f)}) {
			f.request = nil
		}
	}
}

// visit hands over the next reply, and those behind it that are for the same group.
func (a *arrivals) visit(now time.Time) {
	r := a.next()
	if r == nil {
		a.handed++
		return
	}
	group := a.list[a.handed].group
	if group == nil {
		r.report(answer{reply: a.hand()})
		return
	}
	answered := 0
	defer func() { a.requester.running.Add(-answered) }()
	group.Begin(now)
	defer func() {
		if group.End() {
			a.flushes = append(a.flushes, group)
		}
	}()
	for r != nil && a.list[a.handed].group == group {
		answered++
		r.forgetCaller().AnswerTogether(a.hand())
		r = a.next()
	}
}

// next is the request whose turn it is; nil: the reply has none, or there is no more.
func (a *arrivals) next() *Request {
	if a.handed == len(a.list) {
		return nil
	}
	return a.list[a.handed].request
}

// hand takes the next reply off the list.
func (a *arrivals) hand() core.Message {
	reply := a.reply(&a.list[a.handed])
	a.handed++
	return reply
}
