package req

import (
	"encoding/binary"
	"runtime/debug"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// arrivals are the replies that one read of the backend's connection has brought. They are handed over when all of them are
// there: they are matched with their requests under one lock, and callers who are of a group are visited once for those that
// follow one another. The reader goroutine has them.
type arrivals struct {
	requester *Requester
	conn      *zmtp.Conn // from which they come
	list      []arrival
	parts     [][]byte // of all of them
	matched   int      // so many of list were looked for among the pending requests
	handed    int      // so many of list are done with
	flushes   []Group  // which want to be flushed
	held      Group    // the last of them that had to wait; nil: none has
}

// arrival is one reply.
type arrival struct {
	id         uint64
	begin, end uint32    // of its parts; the same: it has one
	one        [1][]byte // which is this
	request    *Request  // once it is matched; nil: there is none any more, or the writer is going to report it, or it was in a bundle
	group      Group     // of its caller
	roll       *Roll     // of one that was in a bundle
	slip       Slip      // likewise
}

// fewArrivals is how many places are kept while nothing comes.
const fewArrivals = 512

// add notes a reply. Its parts are valid until handOver has returned.
func (a *arrivals) add(id uint64, reply core.Message) {
	begin := uint32(len(a.parts))
	a.parts = append(a.parts, reply...)
	a.list = append(a.list, arrival{id: id, begin: begin, end: uint32(len(a.parts))})
}

func (a *arrivals) reply(of *arrival) core.Message {
	if of.begin == of.end {
		return of.one[:]
	}
	return a.parts[of.begin:of.end:of.end]
}

// addAll is zmtp.Conn.OnBytes: it notes the replies at the start of b that have one short part, as most have. All others are left to receive.
func (a *arrivals) addAll(b []byte) (taken, messages int) {
	const begin, empty, header = flagMore | requestID<<8, flagMore, len(envelope) + shortHeader
	for {
		rest := b[taken:]
		if len(rest) < header || binary.LittleEndian.Uint16(rest) != begin || binary.LittleEndian.Uint16(rest[shortHeader+requestID:]) != empty || rest[len(envelope)] != 0 {
			return taken, messages
		}
		end := header + int(rest[header-1])
		if len(rest) < end {
			return taken, messages
		}
		a.list = append(a.list, arrival{id: binary.BigEndian.Uint64(rest[shortHeader:]), one: [1][]byte{rest[header:end:end]}})
		taken += end
		messages++
	}
}

// handOver ends the requests that the replies are for. If a caller panics, which ends the connection, the next call goes on
// behind it. more says that there is likely more to read.
func (a *arrivals) handOver(more bool) {
	if len(a.list) > 0 {
		a.match()
		now := time.Now() // once for all that came together
		for a.handed < len(a.list) {
			a.visit(now)
		}
		a.clear()
	}
	a.flush(more)
}

// flush has the groups write what they were handed. While there is more to read the last one waits once: a read ends somewhere among the
// replies of one client, who gets all of them with one write then.
func (a *arrivals) flush(more bool) {
	waiting := 0
	if last := len(a.flushes) - 1; more && last >= 0 && a.flushes[last] != a.held {
		a.held, waiting = a.flushes[last], 1
	} else {
		a.held = nil
	}
	for len(a.flushes) > waiting {
		next := len(a.flushes) - 1 - waiting
		g := a.flushes[next]
		a.flushes = slices.Delete(a.flushes, next, next+1)
		g.Flush()
	}
}

// pause is zmtp.Conn.OnPause: there is more to do while somebody waits for what is read next.
func (a *arrivals) pause() (more bool, err error) {
	a.handOver(a.conn.Full())
	return len(a.flushes) > 0, nil
}

// finish is the last handOver, when the reader has ended. It may have been a panic that has ended it, and if there is another,
// the requests that are left have no reply.
func (a *arrivals) finish() {
	defer func() {
		if cause := recover(); cause != nil {
			a.requester.config.Links.Log.Error("gateway: panic while replies were handed over", "endpoint", a.requester.link.Endpoint().String(), "panic", cause, "stack", string(debug.Stack()))
			for ; a.handed < len(a.list); a.handed++ {
				a.giveUp(&a.list[a.handed])
			}
			a.flushes, a.held = nil, nil
			a.clear()
		}
	}()
	a.handOver(false)
}

// giveUp ends a request whose reply is not handed over.
func (a *arrivals) giveUp(f *arrival) {
	switch r, roll, slip := f.request, f.roll, f.slip; {
	case r != nil:
		f.request = nil
		go r.report(answer{err: errUnhandled})
	case roll != nil:
		f.roll = nil
		go a.requester.fails(failed{Withdrawn{Slip: slip}, roll.asker}, errUnhandled)
	}
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
		f := &fresh[i]
		if roll, e := q.pending.rolls.find(f.id); e != nil {
			f.roll, f.slip = roll, e.slip
			q.strike(roll, e)
			taken++
		} else if f.request = q.pending.get(f.id); f.request != nil {
			q.remove(f.id)
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
			f.request, f.group = nil, nil
		}
	}
}

// visit hands over the next reply, and those behind it that are for the same asker or group.
func (a *arrivals) visit(now time.Time) {
	first := &a.list[a.handed]
	switch {
	case first.roll != nil:
		a.visitRoll(first.roll, now)
	case first.group != nil:
		a.visitGroup(first.group, now)
	case first.request != nil:
		a.handed++
		first.request.report(answer{reply: a.reply(first)})
	default: // nobody waits for it
		a.handed++
	}
}

// visitRoll hands over replies to requests from bundles.
func (a *arrivals) visitRoll(roll *Roll, now time.Time) {
	roll.asker.Begin(now)
	defer a.leave(roll.asker, a.handed)
	for a.handed < len(a.list) && a.list[a.handed].roll == roll {
		next := &a.list[a.handed]
		a.handed++
		roll.asker.Answer(next.slip, a.reply(next))
	}
}

// visitGroup hands over replies to callers of a group.
func (a *arrivals) visitGroup(group Group, now time.Time) {
	group.Begin(now)
	defer a.leave(group, a.handed)
	for a.handed < len(a.list) && a.list[a.handed].group == group {
		next := &a.list[a.handed]
		a.handed++
		next.request.forgetCaller().AnswerTogether(a.reply(next))
	}
}

// leave ends a visit that has begun at a place of list.
func (a *arrivals) leave(group Group, begun int) {
	defer a.requester.running.Add(begun - a.handed)
	if group.End() {
		a.flushes = append(a.flushes, group)
	}
}
