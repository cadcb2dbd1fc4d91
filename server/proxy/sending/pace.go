package sending

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/pacing"
)

// pace is how fast messages may leave, by the terms of the socket's endpoints. What comes faster waits; its credit is not given
// back before it has left, so the client slows down and nothing is dropped. The session's lock guards it.
type pace struct {
	slot  pacing.Slot
	timer *time.Timer // calls Pass when the next message may leave; nil: it does not run
}

// PaceLocked limits how many messages leave a second, together with what else the same client sends; none: nothing does. They are
// released when the socket is closed.
func (b *Backlog) PaceLocked(paces []*pacing.Pace) {
	b.pace.slot.Follow(paces)
	if b.stopped {
		b.pace.slot.Follow(nil)
	}
}

// tooEarlyLocked tells whether the next message has to wait; then Pass is called when it has not.
func (b *Backlog) tooEarlyLocked() bool {
	p := &b.pace
	wait := p.slot.Wait(time.Now())
	if wait > 0 && p.timer == nil {
		p.timer = time.AfterFunc(wait, b.due)
	}
	return wait > 0
}

// due is run by the timer.
func (b *Backlog) due() {
	b.handle.Lock()
	b.pace.timer = nil
	b.handle.Unlock()
	b.Pass()
}

func (p *pace) stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.slot.Follow(nil)
}
