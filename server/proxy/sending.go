package proxy

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// sending passes a client's messages on to the ports of a socket, in order. The client sends within credit, which is
// granted anew as messages leave; so what waits here is bounded by the window. The session's lock guards all of it.
type sending struct {
	socket   *Socket
	ports    []*gateway.Port // never modified in place: readers keep the slice
	next     int
	waiting  []core.Message
	returned []core.Message // by ports whose peers have gone; goes before what waits
	passing  bool           // somebody is at it
	again    bool           // and has to look once more
	stopped  bool
	ended    func()      // to be called when nothing waits any more; set when the socket is closed
	linger   *time.Timer // calls it at the latest

	messages, bytes   int // the client's credit
	refused           refunds
	passed, passedLen int // left since credit was last granted
}

// The window: what a client may have under way to the backends of one socket.
const (
	sendWindow      = 1000
	sendWindowBytes = 8 << 20
)

// add brings in a port; the first one opens the window.
func (q *sending) add(port *gateway.Port) {
	h := q.socket.handle
	h.Lock()
	q.ports = append(slices.Clip(q.ports), port)
	if len(q.ports) == 1 {
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
	err := q.spendLocked(m)
	if err == nil {
		q.waiting = append(q.waiting, m)
	}
	h.Unlock()
	q.pass()
	return err
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
	for !q.emptyLocked() && !q.stopped {
		q.again = false
		queue := q.queueLocked()
		m, ports, first := (*queue)[0], q.ports, q.next
		h.Unlock()
		used, err := q.spread(m, ports, first)
		h.Lock()
		if core.CodeOf(err) == core.Busy {
			if q.again {
				continue
			}
			break // the ports that were full call again
		}
		if q.stopped {
			break // stop has emptied the queues
		}
		(*queue)[0] = nil
		*queue = (*queue)[1:]
		q.next = used + 1
		if err != nil {
			q.failed(m, err)
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
	if q.stopped {
		h.Counters().Dropped.Add(uint64(len(messages)))
	} else {
		q.returned = append(q.returned, messages...)
	}
	h.Unlock()
	q.pass()
}

// left is told when a message has left a port's queue: its credit goes back to the client, half a window at a time.
func (q *sending) left(size int) {
	h := q.socket.handle
	h.Lock()
	q.passed++
	q.passedLen += size
	if q.passed*2 >= sendWindow || q.passedLen*2 >= sendWindowBytes {
		q.grant(q.passed, q.passedLen)
		q.passed, q.passedLen = 0, 0
	}
	h.Unlock()
}

// failed tells the client that a message went nowhere.
func (q *sending) failed(m core.Message, err error) {
	var e *core.Error
	if !errors.As(err, &e) {
		e = core.NewError(core.Internal, "")
	}
	q.passed++
	q.passedLen += m.Size()
	q.socket.handle.Counters().Dropped.Add(1)
	q.socket.handle.FailLocked(0, e) // a message has no number
}

// stop is told that the socket is closed. What waits is still sent, for as long as linger; then ended is called, from
// another goroutine.
func (q *sending) stop(linger time.Duration, ended func()) {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.ended = ended
	h.Counters().Lingering.Add(1)
	if q.emptyLocked() && !q.passing {
		q.endLocked()
		return
	}
	q.linger = time.AfterFunc(linger, func() {
		h.Lock()
		defer h.Unlock()
		q.endLocked()
	})
}

// endLocked gives up what still waits.
func (q *sending) endLocked() {
	if q.ended == nil {
		return
	}
	counters := q.socket.handle.Counters()
	counters.Dropped.Add(uint64(len(q.returned) + len(q.waiting)))
	q.stopped, q.returned, q.waiting = true, nil, nil
	if q.linger != nil {
		q.linger.Stop()
	}
	q.refused.stop()
	ended := q.ended
	q.ended = nil
	go func() { // the lock is held, and ports are released without it
		defer counters.Lingering.Add(-1)
		ended()
	}()
}
