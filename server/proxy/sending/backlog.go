package sending

import (
	"errors"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Backlog is what a client has sent on a socket, and passes it on to the socket's ports, in order. The client sends within
// credit, which is granted anew as messages leave; so what waits here is bounded by the window. The session's lock guards all
// of it.
type Backlog struct {
	handle   *session.Handle
	typ      core.SocketType
	nowhere  func() *core.Error
	ports    []*gateway.Port // never modified in place: readers keep the slice
	next     int
	opened   int // how many ports there ever were
	waiting  []core.Message
	returned []core.Message  // by ports whose peers have gone, or that were taken away; goes before what waits
	under    int             // messages that ports have taken and not sent yet
	passing  bool            // somebody is at it
	again    bool            // and has to look once more
	offered  *[]core.Message // the queue whose first message is with a port, which may take it; nil: there is none
	moving   bool            // the socket goes to another bridge, and nothing is passed on
	stopped  bool
	gaveUp   bool        // what the ports have taken is to be dropped, too
	leaving  bool        // and connections write the rest of it
	ended    func()      // to be called when nothing waits any more; set when the socket is closed
	linger   *time.Timer // calls it at the latest
	told     func(int)   // to be told how many messages were not passed on, when that is certain; likewise
	lost     int         // messages that could not be passed on since

	messages, bytes   int // the client's credit
	window            int // what it is of at first
	windowBytes       int
	refused           refunds
	receipts          receipts
	pace              pace
	passed, passedLen int // left since credit was last granted

	held *Held // what waits here, and what the ports have taken
}

// NewBacklog is that of a socket which has no port yet. held is charged for what waits. nowhere tells why nothing that is sent
// can go anywhere, as far as the socket knows; nil: it can. It is called with the session's lock held, which the
// caller of NewBacklog does not hold.
func NewBacklog(h *session.Handle, typ core.SocketType, held *Held, nowhere func() *core.Error) *Backlog {
	return &Backlog{handle: h, typ: typ, held: held, nowhere: nowhere, receipts: receipts{wanted: typ == core.PUSH && h.Can(core.CanReceipts)}}
}

// The window: what a client may have under way to the backends of one socket; less where little may be held for it, or for the endpoint.
const (
	window      = 1000
	windowBytes = 8 << 20
)

// CountAtLocked says at which endpoint what waits counts, and what may wait there of all clients together; 0: there is no limit.
func (b *Backlog) CountAtLocked(m *meter.Meter, most int64) { b.held.Load.Set(m, most) }

// SettleLocked has the endpoint's meter know all.
func (b *Backlog) SettleLocked() { b.held.Load.Settle() }

// AddLocked brings in a port; the first one opens the window. Pass follows, without the lock.
func (b *Backlog) AddLocked(port *gateway.Port) {
	b.ports = append(slices.Clip(b.ports), port)
	if b.opened++; b.opened == 1 {
		b.window = min(window, b.handle.Share(window*messagePlace)/messagePlace)
		b.windowBytes = b.handle.Share(b.held.Load.Share(windowBytes))
		b.openWindow()
	}
}

// openWindow grants the client its window, but for the credit that it has, and what waits that it has sent: at another bridge, before its session
// came here.
func (b *Backlog) openWindow() {
	messages, bytes := b.window-b.messages-len(b.waiting), b.windowBytes-b.bytes
	for _, m := range b.waiting {
		bytes -= m.Size()
	}
	if messages > 0 || bytes > 0 {
		b.grant(max(0, messages), max(0, bytes))
	}
}

func (b *Backlog) grant(messages, bytes int) {
	b.tellLeftLocked()
	b.messages += messages
	b.bytes += bytes
	b.handle.SendLocked(&core.Frame{Kind: core.KindCredit, Messages: uint64(messages), Bytes: uint64(bytes)})
}

// Take is a message of the client. One without credit ends the connection.
func (b *Backlog) Take(m core.Message) error {
	h := b.handle
	h.Lock()
	defer b.Pass()
	defer h.Unlock()
	if err := b.SpendLocked(m); err != nil {
		return err
	}
	if !h.Fits(sendCost(m)) {
		b.full(m, session.ErrFull)
		return nil
	}
	if !b.held.Take(sendCost(m)) {
		b.full(m, ErrEndpointFull)
		return nil
	}
	b.waiting = append(b.waiting, m)
	return nil
}

// SpendLocked takes the credit for a message, and notes that it has come.
func (b *Backlog) SpendLocked(m core.Message) error {
	if b.messages <= 0 || b.bytes <= 0 {
		return core.NewCloseError(core.CloseState, "Message without credit")
	}
	b.messages--
	b.bytes -= m.Size()
	b.receipts.came(m)
	return nil
}

// Pass sends what waits until no port has room. The lock is not held while a port is asked; one caller at a time does
// it, so the order stays.
func (b *Backlog) Pass() {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	b.passLocked()
	if b.emptyLocked() && !b.passing {
		b.endLocked()
		b.tellLocked()
	}
}

func (b *Backlog) emptyLocked() bool { return len(b.returned)+len(b.waiting) == 0 }

func (b *Backlog) passLocked() {
	h := b.handle
	if b.passing {
		b.again = true
		return
	}
	if b.moving {
		return
	}
	b.passing = true
	for b.failNowhere(); !b.emptyLocked() && !b.stopped && len(b.ports) > 0; b.failNowhere() {
		b.again = false
		if b.tooEarlyLocked() {
			break
		}
		queue := b.queueLocked()
		m, ports, first, crowded := (*queue)[0], b.ports, b.next, h.Crowded() || b.held.Load.Crowded()
		b.offered = queue
		b.under++ // now, because the port may have sent it when spread returns
		h.Unlock()
		used, err := b.spread(m, ports, first, crowded)
		h.Lock()
		b.offered = nil
		if err != nil || b.publishes() {
			b.under--
		}
		if b.stopped { // which has emptied the queues, and left this message alone
			if err != nil {
				b.dropLocked([]core.Message{m})
			}
			break
		}
		if core.CodeOf(err) == core.Closed && !slices.Equal(ports, b.ports) {
			continue // its port was taken away at this moment
		}
		if core.CodeOf(err) == core.Busy {
			if b.again && !b.moving {
				continue
			}
			break // the ports that were full call again
		}
		b.pace.slot.Spend()
		(*queue)[0] = nil
		*queue = (*queue)[1:]
		b.next = used + 1
		if err != nil {
			b.held.Add(-sendCost(m))
			b.failed(m, err)
		} else if b.publishes() {
			b.GiveBackLocked(m.Size())
		}
	}
	if b.passing = false; b.gaveUp && b.stopped {
		h.Unlock()
		b.discard() // a port may have taken the last one
		h.Lock()
	}
}

// queueLocked has what is to be sent next. It is only appended to meanwhile.
func (b *Backlog) queueLocked() *[]core.Message {
	if len(b.returned) > 0 {
		return &b.returned
	}
	return &b.waiting
}

// left is told when a message has left a port's queue: its credit goes back to the client, half a window at a time.
func (b *Backlog) left(m core.Message, size, held int) {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	b.under--
	b.held.Add(-held)
	b.leftLocked(m)
	b.GiveBackLocked(size)
	b.tellLocked()
	b.forgetIfGone()
}

// let is told that no peer's queue has a message any more that was published.
func (b *Backlog) let(held int) {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	b.held.Add(-held)
	b.forgetIfGone()
}

// GiveBackLocked is told that a message needs no credit any more.
func (b *Backlog) GiveBackLocked(size int) {
	b.passed++
	b.passedLen += size
	if b.passed*2 >= b.window || b.passedLen*2 >= b.windowBytes {
		b.grant(b.passed, b.passedLen)
		b.passed, b.passedLen = 0, 0
	}
}

// failed tells the client that a message went nowhere.
func (b *Backlog) failed(m core.Message, err error) {
	var e *core.Error
	if !errors.As(err, &e) {
		e = core.NewError(core.Internal, "")
	}
	b.undelivered()
	b.handle.FailLocked(b.receipts.take(m), e)
	b.GiveBackLocked(m.Size())
}

// full refuses a message for which there is no room. The room does not come sooner when the client sends at once again.
func (b *Backlog) full(m core.Message, e *core.Error) {
	b.undelivered()
	b.RefuseLocked(m, e)
}

func (b *Backlog) undelivered() {
	b.lost++
	b.handle.Counters().Undeliver(1)
}
