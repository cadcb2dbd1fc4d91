package sending

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// Leave takes out what no connection was given yet, to go on at another bridge, and the credit that the client has. Nothing is passed on any more, and
// nothing comes from the client. What connections are writing has a moment to leave; nobody knows of what has not whether it did, and the client is told so. What
// a type that drops has given to its peers still leaves, as when the socket is closed.
func (b *Backlog) Leave() moved.Outbound {
	h := b.handle
	h.Lock()
	ports := b.ports
	b.ports, b.moving = nil, true
	h.Unlock()
	b.await(func() bool { return !b.passing })
	for _, port := range ports {
		back := port.Withdraw()
		h.Lock()
		b.under -= len(back)
		b.returned = append(b.returned, back...)
		h.Unlock()
	}
	b.await(func() bool { return b.under <= 0 })
	h.Lock()
	defer h.Unlock()
	b.receipts.stop()
	b.tellLeftLocked()
	left := moved.Outbound{Messages: b.messages, Bytes: b.bytes, Last: b.receipts.last}
	for _, queue := range [][]core.Message{b.returned, b.waiting} {
		for _, m := range queue {
			left.Waiting = append(left.Waiting, core.EncodeBody(m))
			left.Numbers = append(left.Numbers, b.receipts.take(m))
			b.held.Add(-sendCost(m))
		}
	}
	b.returned, b.waiting = nil, nil
	uncertain := b.receipts.rest()
	b.receipts.numbers = nil // nothing more is told of them
	for i := range b.under {
		number := uint64(0)
		if i < len(uncertain) {
			number = uncertain[i]
		}
		b.undelivered()
		h.FailLocked(number, errUncertain)
	}
	return left
}

var errUncertain = core.NewError(core.Lost, "the message was being sent when the session went to another bridge; nobody knows whether it has left")

// await looks for as long as messages may take that connections are writing whether something has become true. is is called with the lock held.
func (b *Backlog) await(is func() bool) {
	for end := time.Now().Add(leaveTime); time.Now().Before(end); time.Sleep(time.Millisecond) {
		b.handle.Lock()
		now := is()
		b.handle.Unlock()
		if now {
			return
		}
	}
}

// Arrive brings in what was sent at another bridge, before there is a port.
func (b *Backlog) Arrive(left *moved.Outbound) error {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	b.messages, b.bytes, b.receipts.last = left.Messages, left.Bytes, left.Last
	for i, body := range left.Waiting {
		m, err := core.Body(body).Parts(nil)
		if err != nil {
			return err
		}
		if b.receipts.wanted {
			b.receipts.number(m, left.Numbers[i])
		}
		b.held.Add(sendCost(m))
		b.waiting = append(b.waiting, m)
	}
	return nil
}
