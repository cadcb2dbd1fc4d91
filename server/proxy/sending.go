package proxy

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// sending passes a client's messages on to the ports of a socket, in order. The client sends within credit, which is
// granted anew as messages leave; so what waits here is bounded by the window. The session's lock guards all of it.
type sending struct {
	socket  *Socket
	ports   []*gateway.Port // never modified in place: readers keep the slice
	next    int
	opened  int // how many ports there ever were
	waiting []core.Message
	back    []core.Message // from a port that was taken away; it goes before what waits
	under   int            // messages that ports have taken and not sent yet
	passing bool           // somebody is at it
	again   bool           // and has to look once more
	stopped bool
	ended   func()      // to be called when nothing waits any more; set when the socket is closed
	linger  *time.Timer // calls it at the latest
	told    func(int)   // to be told how many messages were not passed on, when that is certain; likewise
	lost    int         // messages that could not be passed on since

	messages, bytes   int // the client's credit
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
	if q.messages <= 0 || q.bytes <= 0 {
		h.Unlock()
		return core.NewCloseError(core.CloseState, "Message without credit")
	}
	q.messages--
	q.bytes -= m.Size()
	q.waiting = append(q.waiting, m)
	h.Unlock()
	q.pass()
	return nil
}

// pass sends what waits until no port has room. The lock is not held while a port is asked; one caller at a time does
// it, so the order stays.
func (q *sending) pass() {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.passLocked()
	if len(q.waiting) == 0 && !q.passing {
		q.endLocked()
		q.tellLocked()
	}
}

func (q *sending) passLocked() {
	h := q.socket.handle
	if q.passing {
		q.again = true
		return
	}
	q.passing = true
	for q.takeBack(); len(q.waiting) > 0 && !q.stopped; q.takeBack() {
		q.again = false
		q.under++ // now, because the port may have sent it when offer returns
		m, ports, first := q.waiting[0], q.ports, q.next
		h.Unlock()
		used, err := q.offer(m, ports, first)
		h.Lock()
		if err != nil {
			q.under--
		}
		if core.CodeOf(err) == core.Closed && len(ports) != len(q.ports) {
			continue // its port was taken away at this moment
		}
		if core.CodeOf(err) == core.Busy {
			if q.again {
				continue
			}
			break // the ports that were full call again
		}
		if q.stopped {
			break // stop has emptied the queue
		}
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		q.next = used + 1
		if err != nil {
			q.failed(m, err)
		}
	}
	q.passing = false
}

// offer sends m to the first port, from the one whose turn it is, that takes it.
func (q *sending) offer(m core.Message, ports []*gateway.Port, first int) (used int, err error) {
	size := m.Size()
	err = errNoRoom
	for _, ready := range []bool{true, false} { // those that are up and have room, then those that at least queue
		for n := range ports {
			used = (first + n) % len(ports)
			if ports[used].Ready() != ready {
				continue
			}
			if err = ports[used].Send(m, func() { q.left(size) }); core.CodeOf(err) != core.Busy {
				return used, err
			}
		}
	}
	return used, err
}

var errNoRoom = core.NewError(core.Busy, "no endpoint has room")

// left is told when a message has left a port's queue: its credit goes back to the client, half a window at a time.
func (q *sending) left(size int) {
	h := q.socket.handle
	h.Lock()
	q.under--
	q.tellLocked()
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
	q.lost++
	q.socket.handle.Counters().Dropped.Add(1)
	q.socket.handle.FailLocked(0, e) // a message has no number
}

// stop is told that the socket is closed. What waits is still sent, for as long as the client wants; then ended is called,
// from another goroutine. What a port has taken leaves the port when ended has released that.
func (q *sending) stop(f session.Farewell, ended func()) {
	h := q.socket.handle
	h.Lock()
	defer h.Unlock()
	q.ended, q.told, q.lost = ended, f.Tell, 0
	h.Counters().Lingering.Add(1)
	if len(q.waiting) == 0 && !q.passing {
		q.endLocked()
		q.tellLocked()
	}
	if q.told != nil {
		q.linger = time.AfterFunc(f.Linger, q.expire)
	}
}

// tellLocked tells the client that nothing is left to be passed on, if it waits for that.
func (q *sending) tellLocked() {
	if q.told == nil || q.under > 0 || len(q.waiting) > 0 || q.passing {
		return
	}
	q.told(q.lost)
	q.told = nil
	if q.linger != nil {
		q.linger.Stop()
	}
}

// expire is run by the timer: the time to linger is over.
func (q *sending) expire() {
	h := q.socket.handle
	h.Lock()
	ports := q.ports
	unpassed := q.lost + q.under + len(q.waiting)
	told := q.told
	q.told = nil
	if told != nil {
		told(unpassed)
	}
	q.endLocked()
	h.Unlock()
	for _, port := range ports {
		dropped := len(port.Withdraw())
		h.Counters().Dropped.Add(uint64(dropped))
	}
}

// endLocked gives up what still waits.
func (q *sending) endLocked() {
	if q.ended == nil {
		return
	}
	counters := q.socket.handle.Counters()
	counters.Dropped.Add(uint64(len(q.waiting)))
	q.stopped, q.waiting = true, nil
	ended := q.ended
	q.ended = nil
	go func() { // the lock is held, and ports are released without it
		defer counters.Lingering.Add(-1)
		ended()
	}()
}
