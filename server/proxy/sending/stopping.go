package sending

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Stop is told that the socket is closed. What waits is still sent, for as long as the client wants; then ended is called,
// from another goroutine. What a port has taken leaves the port when ended has released that. What lingers is held for the
// client until it is gone, and may have to go before its time.
func (b *Backlog) Stop(f session.Farewell, ended func()) {
	h := b.handle
	h.Lock()
	defer h.Unlock()
	b.ended, b.told, b.lost = ended, f.Tell, 0
	h.Counters().Lingering.Add(1)
	b.held.Become(account.Lingering)
	b.gaveUp = !h.Linger(b)
	switch {
	case b.gaveUp:
		b.endLocked()
	case b.emptyLocked() && !b.passing:
		b.endLocked()
		b.tellLocked()
	}
	if b.told != nil {
		b.linger = time.AfterFunc(f.Linger, b.GiveUp)
	}
}

// tellLocked tells the client that nothing is left to be passed on, if it waits for that.
func (b *Backlog) tellLocked() {
	if b.under == 0 && b.emptyLocked() && !b.passing {
		b.tellUnpassedLocked()
	}
}

// tellUnpassedLocked tells the client, if it waits for that, how many messages were not passed on: all that were lost, are still here
// or with the ports.
func (b *Backlog) tellUnpassedLocked() {
	if b.told == nil {
		return
	}
	b.told(b.lost + b.under + len(b.returned) + len(b.waiting))
	b.told = nil
	if b.linger != nil {
		b.linger.Stop()
	}
}

// endLocked gives up what still waits.
func (b *Backlog) endLocked() {
	if b.ended == nil {
		return
	}
	counters := b.handle.Counters()
	for _, queue := range []*[]core.Message{&b.returned, &b.waiting} {
		if queue == b.offered {
			*queue = (*queue)[1:] // whoever offers it looks after it
		}
		b.dropLocked(*queue)
		*queue = nil
	}
	b.stopped = true
	b.refused.stop()
	b.receipts.stop()
	b.pace.stop()
	b.forgetIfGone()
	ended, gaveUp := b.ended, b.gaveUp
	b.ended = nil
	go func() { // the lock is held, and ports are released without it
		defer counters.Lingering.Add(-1)
		if gaveUp {
			b.discard()
		}
		ended()
	}()
}

// dropLocked counts messages that are not going to be sent.
func (b *Backlog) dropLocked(messages []core.Message) {
	b.lost += len(messages)
	b.handle.Counters().Undeliver(len(messages))
	for _, m := range messages {
		b.held.Add(-sendCost(m))
	}
}

// GiveUp implements session.Lingerer: what was sent is not passed on any more, not even what the ports have taken. The timer
// runs it when the time to linger is over.
func (b *Backlog) GiveUp() {
	h := b.handle
	h.Lock()
	b.gaveUp = true
	b.endLocked()
	h.Unlock()
	b.discard()
}

// discard drops what the ports have taken, and then tells the client how much was not passed on: if it was told before, a port could
// still send some of it.
func (b *Backlog) discard() {
	h := b.handle
	h.Lock()
	ports := b.ports
	h.Unlock()
	for _, port := range ports {
		b.empty(port)
	}
	h.Lock()
	defer h.Unlock()
	switch {
	case b.passing: // it is asked again
	case b.under == 0:
		b.tellUnpassedLocked()
	case b.told != nil && !b.leaving:
		b.leaving = true
		if b.linger != nil {
			b.linger.Stop()
		}
		b.linger = time.AfterFunc(leaveTime, b.tellUnpassed)
	}
	b.forgetIfGone()
}

// leaveTime is how long the messages that connections are writing may take to have left, before they count as not passed on.
const leaveTime = 100 * time.Millisecond

func (b *Backlog) tellUnpassed() {
	b.handle.Lock()
	defer b.handle.Unlock()
	b.tellUnpassedLocked()
}

// empty takes from a port what it has not given to a connection yet.
func (b *Backlog) empty(port *gateway.Port) {
	h := b.handle
	if port.Withdraws() {
		back := port.Withdraw()
		h.Lock()
		b.under -= len(back)
		b.dropLocked(back)
		h.Unlock()
		return
	}
	h.Lock()
	before := b.under
	h.Unlock()
	port.Discard() // each calls left
	h.Lock()
	b.lost += max(0, before-b.under)
	h.Unlock()
}

// forgetIfGone takes a socket that is closed off the list of those that linger, once the ports have sent all they took.
func (b *Backlog) forgetIfGone() {
	if b.stopped && b.held.Held() == 0 {
		b.handle.Lingered(b)
	}
}
