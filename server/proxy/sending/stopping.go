package sending

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
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
		b.tellUnpassedLocked()
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

// tellUnpassedLocked tells the client, if it waits for that, how many messages were not passed on: all that are still here or
// with the ports.
func (b *Backlog) tellUnpassedLocked() {
	if b.told == nil {
		return
	}
	unpassed := b.lost + b.under + len(b.returned) + len(b.waiting)
	if b.offered != nil {
		unpassed-- // it is among those that are under way, too
	}
	b.told(unpassed)
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
			counters.Undeliver(1)
			*queue = (*queue)[1:] // whoever offers it looks after it
		}
		b.dropLocked(*queue)
		*queue = nil
	}
	b.stopped = true
	b.refused.stop()
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
	b.tellUnpassedLocked()
	b.endLocked()
	h.Unlock()
	b.discard()
}

// discard drops what the ports have taken.
func (b *Backlog) discard() {
	h := b.handle
	h.Lock()
	ports := b.ports
	h.Unlock()
	for _, port := range ports {
		port.Discard()
	}
}

// forgetIfGone takes a socket that is closed off the list of those that linger, once the ports have sent all they took.
func (b *Backlog) forgetIfGone() {
	if b.stopped && b.held.Held() == 0 {
		b.handle.Lingered(b)
	}
}
