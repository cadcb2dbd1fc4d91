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
	runs      []run    // what those were for that were looked for among the pending requests
	matched   int      // so many of list were
	handed    int      // so many of list are done with
	next      int      // of runs: those before it are done with
	flushes   []Group  // which want to be flushed
	held      Group    // the last of them that had to wait; nil: none has
}

// arrival is one reply.
type arrival struct {
	number     uint64 // in its envelope; then, if it is for a request from a bundle, the asker's
	begin, end uint32 // of its parts
	cost       uint16 // of a request from a bundle
}

// fewArrivals is how many places are kept while nothing comes.
const fewArrivals = 512

// add notes a reply. Its parts are valid until handOver has returned.
func (a *arrivals) add(id uint64, reply core.Message) {
	begin := uint32(len(a.parts))
	a.parts = append(a.parts, reply...)
	a.list = append(a.list, arrival{number: id, begin: begin, end: uint32(len(a.parts))})
}

func (a *arrivals) reply(of *arrival) core.Message { return a.parts[of.begin:of.end:of.end] }

// addAll is zmtp.Conn.OnBytes: it notes the replies at the start of b that have one short part, as most have. All others are left to receive.
func (a *arrivals) addAll(b []byte) (taken, messages int) {
	const begin, empty, header = flagMore | requestID<<8, flagMore, len(envelope) + shortHeader
	list, parts := a.list, a.parts
	for {
		rest := b[taken:]
		if len(rest) < header || binary.LittleEndian.Uint16(rest) != begin || binary.LittleEndian.Uint16(rest[shortHeader+requestID:]) != empty || rest[len(envelope)] != 0 {
			break
		}
		end := header + int(rest[header-1])
		if len(rest) < end {
			break
		}
		at := uint32(len(parts))
		parts = append(parts, rest[header:end:end])
		list = append(list, arrival{number: binary.BigEndian.Uint64(rest[shortHeader:]), begin: at, end: at + 1})
		taken += end
	}
	messages = len(list) - len(a.list)
	a.list, a.parts = list, parts
	return taken, messages
}

// handOver ends the requests that the replies are for. If a caller panics, which ends the connection, the next call goes on
// behind it. more says that there is likely more to read.
func (a *arrivals) handOver(more bool) {
	if len(a.list) > 0 {
		a.match()
		now := time.Now() // once for all that came together
		for a.next < len(a.runs) {
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
			for ; a.next < len(a.runs); a.next++ {
				a.giveUp(&a.runs[a.next])
			}
			a.flushes, a.held = nil, nil
			a.clear()
		}
	}()
	a.handOver(false)
}

// giveUp ends the requests of the next run, whose replies are not handed over.
func (a *arrivals) giveUp(r *run) {
	for ; r.count > 0; r.count-- {
		switch f := &a.list[a.handed]; {
		case r.request != nil:
			go r.request.report(answer{err: errUnhandled})
		case r.roll != nil:
			go a.requester.fails(failed{Withdrawn{Slip: r.slip(f)}, r.roll.asker}, errUnhandled)
		}
		a.handed++
	}
}

func (a *arrivals) clear() {
	a.matched, a.handed, a.next = 0, 0, 0
	if cap(a.list) > fewArrivals || cap(a.parts) > fewArrivals || cap(a.runs) > fewArrivals {
		a.list, a.parts, a.runs = nil, nil, nil
		return
	}
	clear(a.parts)
	clear(a.runs)
	a.list, a.parts, a.runs = a.list[:0], a.parts[:0], a.runs[:0]
}

// visit hands over the next reply, and those behind it that are for the same asker or group.
func (a *arrivals) visit(now time.Time) {
	first := &a.runs[a.next]
	switch {
	case first.roll != nil:
		a.visitRoll(first.roll, now)
	case first.group != nil:
		a.visitGroup(first.group, now)
	default:
		a.next++
		a.handed += first.count
		if first.request != nil { // else nobody waits for it
			first.request.report(answer{reply: a.reply(&a.list[a.handed-1])})
		}
	}
}

// visitRoll hands over replies to requests from bundles.
func (a *arrivals) visitRoll(roll *Roll, now time.Time) {
	roll.asker.Begin(now)
	defer a.leave(roll.asker, a.handed)
	for ; a.next < len(a.runs) && a.runs[a.next].roll == roll; a.next++ {
		for r := &a.runs[a.next]; r.count > 0; {
			f := &a.list[a.handed]
			a.handed++
			r.count--
			roll.asker.Answer(r.slip(f), a.reply(f))
		}
	}
}

// visitGroup hands over replies to callers of a group.
func (a *arrivals) visitGroup(group Group, now time.Time) {
	group.Begin(now)
	defer a.leave(group, a.handed)
	for a.next < len(a.runs) && a.runs[a.next].group == group {
		request, f := a.runs[a.next].request, &a.list[a.handed]
		a.next++
		a.handed++
		request.forgetCaller().AnswerTogether(a.reply(f))
	}
}

// leave ends a visit that has begun at a place of list.
func (a *arrivals) leave(group Group, begun int) {
	defer a.requester.running.Add(begun - a.handed)
	if group.End() {
		a.flushes = append(a.flushes, group)
	}
}
