package proxy

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// sending passes a client's messages on to the ports of a socket, in order. The client sends within credit, which is
// granted anew as messages leave; so what waits here is bounded by the window. The session's lock guards all of it.
type sending struct {
	socket   *Socket
	ports    []*gateway.Port // never modified in place: readers keep the slice
	next     int
	opened   int // how many ports there ever were
	waiting  []core.Message
	returned []core.Message  // by ports whose peers have gone, or that were taken away; goes before what waits
	under    int             // messages that ports have taken and not sent yet
	passing  bool            // somebody is at it
	again    bool            // and has to look once more
	offered  *[]core.Message // the queue whose first message is with a port, which may take it; nil: there is none
	stopped  bool
	gaveUp   bool        // what the ports have taken is to be dropped, too
	ended    func()      // to be called when nothing waits any more; set when the socket is closed
	linger   *time.Timer // calls it at the latest
	told     func(int)   // to be told how many messages were not passed on, when that is certain; likewise
	lost     int         // messages that could not be passed on since

	messages, bytes   int // the client's credit
	refused           refunds
	passed, passedLen int // left since credit was last granted

	held *account.Charge // for what waits here, and for what the ports have taken
}

func newSending(k *Socket, held *account.Charge) sending { return sending{socket: k, held: held} }

// messagePlace is what a message costs on its way, besides its parts.
const messagePlace = 512

func sendCost(m core.Message) int { return messagePlace + cost(m) }

// The window: what a client may have under way to the backends of one socket.
const (
	sendWindow      = 1000
	sendWindowBytes = 8 << 20
)

// add brings in a port, unless its endpoint was disconnected meanwhile; the first one opens the window.
func (q *sending) add(port openPort) {
	h := q.socket.handle
	h.Lock()
	if port.up.gone {
		h.Unlock()
		return
	}
	q.ports = append(slices.Clip(q.ports), port.Port)
	if q.opened++; q.opened == 1 {
		q.grant(sendWindow, sendWindowBytes)
	}
	h.Unlock()
	q.pass()
}

func (q *sending) grant(messages, bytes int) {
	q.messages += messages
	q.bytes += bytes
	q.socket.handle.SendLocked(&core.Frame{Kind: core.KindCredit, Messages: uint64(messages), Bytes: uint64(bytes)})
}

// take is a message of the client. One without credit ends the connection.
func (q *sending) take(m core.Message) error {
	h := q.socket.handle
	h.Lock()
	defer q.pass()
	defer h.Unlock()
	if err := q.spendLocked(m); err != nil {
		return err
	}
	if !h.Fits(sendCost(m)) {
		q.failed(m, errFull)
		return nil
	}
	q.held.Add(sendCost(m))
	q.waiting = append(q.waiting, m)
	return nil
}

// spendLocked takes the credit for a message.
func (q *sending) spendLocked(m core.Message) error {
	if q.messages <= 0 || q.bytes <= 0 {
		return core.NewCloseError(core.CloseState, "Message without credit")
	}
	q.messages--
	q.bytes -= m.Size()
	return nil
}

// pass sends what waits until no port has room. The lock is not held while a port is asked; one caller at a time does
// it, so the order stays.
func (q *sending) pass() {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.passLocked()
	if q.emptyLocked() && !q.passing {
		q.endLocked()
		q.tellLocked()
	}
}

func (q *sending) emptyLocked() bool { return len(q.returned)+len(q.waiting) == 0 }

func (q *sending) passLocked() {
	h := q.socket.handle
	if q.passing {
		q.again = true
		return
	}
	q.passing = true
	for q.failNowhere(); !q.emptyLocked() && !q.stopped && len(q.ports) > 0; q.failNowhere() {
		q.again = false
		queue := q.queueLocked()
		m, ports, first, crowded := (*queue)[0], q.ports, q.next, h.Crowded()
		q.offered = queue
		q.under++ // now, because the port may have sent it when spread returns
		h.Unlock()
		used, err := q.spread(m, ports, first, crowded)
		h.Lock()
		q.offered = nil
		if err != nil || q.publishes() {
			q.under--
		}
		if q.stopped { // which has emptied the queues, and left this message alone
			if err != nil {
				q.held.Add(-sendCost(m))
				q.forgetIfGone()
			}
			break
		}
		if core.CodeOf(err) == core.Closed && !slices.Equal(ports, q.ports) {
			continue // its port was taken away at this moment
		}
		if core.CodeOf(err) == core.Busy {
			if q.again {
				continue
			}
			break // the ports that were full call again
		}
		(*queue)[0] = nil
		*queue = (*queue)[1:]
		q.next = used + 1
		if err != nil {
			q.held.Add(-sendCost(m))
			q.failed(m, err)
		} else if q.publishes() {
			q.giveBack(m.Size())
		}
	}
	q.passing = false
}

// queueLocked has what is to be sent next. It is only appended to meanwhile.
func (q *sending) queueLocked() *[]core.Message {
	if len(q.returned) > 0 {
		return &q.returned
	}
	return &q.waiting
}

// takeBack is told what a port has taken and nobody got, because its last peer has gone: the others are to have it.
func (q *sending) takeBack(messages []core.Message) {
	h := q.socket.handle
	h.Lock()
	q.under -= len(messages)
	if q.stopped {
		q.lost += len(messages)
		q.dropLocked(messages)
		q.tellLocked()
		q.forgetIfGone()
	} else {
		q.returned = append(q.returned, messages...)
	}
	h.Unlock()
	q.pass()
}

// left is told when a message has left a port's queue: its credit goes back to the client, half a window at a time.
func (q *sending) left(size, held int) {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.under--
	q.held.Add(-held)
	q.giveBack(size)
	q.tellLocked()
	q.forgetIfGone()
}

// let is told that no peer's queue has a message any more that was published.
func (q *sending) let(held int) {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.held.Add(-held)
	q.forgetIfGone()
}

// forgetIfGone takes a socket that is closed off the list of those that linger, once the ports have sent all they took.
func (q *sending) forgetIfGone() {
	if q.stopped && q.held.Held() == 0 {
		q.socket.handle.Lingered(q)
	}
}

// giveBack is told that a message needs no credit any more.
func (q *sending) giveBack(size int) {
	q.passed++
	q.passedLen += size
	if q.passed*2 >= sendWindow || q.passedLen*2 >= sendWindowBytes {
		q.grant(q.passed, q.passedLen)
		q.passed, q.passedLen = 0, 0
	}
}

// failed tells the client that a message went nowhere.
func (q *sending) failed(m core.Message, err error) {
	var e *core.Error
	if !errors.As(err, &e) {
		e = core.NewError(core.Internal, "")
	}
	q.lost++
	q.socket.handle.Counters().Dropped.Add(1)
	q.socket.handle.FailLocked(0, e) // a message has no number
	q.giveBack(m.Size())
}

// stop is told that the socket is closed. What waits is still sent, for as long as the client wants; then ended is called,
// from another goroutine. What a port has taken leaves the port when ended has released that. What lingers is held for the
// client until it is gone, and may have to go before its time.
func (q *sending) stop(f session.Farewell, ended func()) {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.ended, q.told, q.lost = ended, f.Tell, 0
	h.Counters().Lingering.Add(1)
	q.held.Become(account.Lingering)
	q.gaveUp = !h.Linger(q)
	switch {
	case q.gaveUp:
		q.tellUnpassedLocked()
		q.endLocked()
	case q.emptyLocked() && !q.passing:
		q.endLocked()
		q.tellLocked()
	}
	if q.told != nil {
		q.linger = time.AfterFunc(f.Linger, q.GiveUp)
	}
}

// tellLocked tells the client that nothing is left to be passed on, if it waits for that.
func (q *sending) tellLocked() {
	if q.under == 0 && q.emptyLocked() && !q.passing {
		q.tellUnpassedLocked()
	}
}

// tellUnpassedLocked tells the client, if it waits for that, how many messages were not passed on: all that are still here or
// with the ports.
func (q *sending) tellUnpassedLocked() {
	if q.told == nil {
		return
	}
	unpassed := q.lost + q.under + len(q.returned) + len(q.waiting)
	if q.offered != nil {
		unpassed-- // it is among those that are under way, too
	}
	q.told(unpassed)
	q.told = nil
	if q.linger != nil {
		q.linger.Stop()
	}
}

// endLocked gives up what still waits.
func (q *sending) endLocked() {
	if q.ended == nil {
		return
	}
	counters := q.socket.handle.Counters()
	for _, queue := range []*[]core.Message{&q.returned, &q.waiting} {
		if queue == q.offered {
			counters.Dropped.Add(1)
			*queue = (*queue)[1:] // whoever offers it looks after it
		}
		q.dropLocked(*queue)
		*queue = nil
	}
	q.stopped = true
	q.refused.stop()
	q.forgetIfGone()
	ended, gaveUp := q.ended, q.gaveUp
	q.ended = nil
	go func() { // the lock is held, and ports are released without it
		defer counters.Lingering.Add(-1)
		if gaveUp {
			q.discard()
		}
		ended()
	}()
}

// dropLocked counts messages that are not going to be sent.
func (q *sending) dropLocked(messages []core.Message) {
	q.socket.handle.Counters().Dropped.Add(uint64(len(messages)))
	for _, m := range messages {
		q.held.Add(-sendCost(m))
	}
}

// GiveUp implements session.Lingerer: what was sent is not passed on any more, not even what the ports have taken. The timer
// runs it when the time to linger is over.
func (q *sending) GiveUp() {
	h := q.socket.handle
	h.Lock()
	q.tellUnpassedLocked()
	q.endLocked()
	h.Unlock()
	q.discard()
}

// discard drops what the ports have taken.
func (q *sending) discard() {
	h := q.socket.handle
	h.Lock()
	ports := q.ports
	h.Unlock()
	for _, port := range ports {
		port.Discard()
	}
}
