package sending

import "time"

// pace is how fast messages may leave, by the terms of the socket's endpoints. What comes faster waits; its credit is not given
// back before it has left, so the client slows down and nothing is dropped. The session's lock guards it.
type pace struct {
	interval time.Duration // between two messages; 0: there is no limit
	next     time.Time     // when the next one may leave, if they are evenly spread
	timer    *time.Timer   // calls Pass then; nil: it does not run
}

// burst is how much time that was not used counts: so much may leave at once.
const burst = 100 * time.Millisecond

// PaceLocked limits how many messages leave a second; 0: nothing does.
func (b *Backlog) PaceLocked(perSecond float64) {
	b.pace.interval = 0
	if perSecond > 0 {
		b.pace.interval = time.Duration(min(float64(time.Second)/perSecond, float64(time.Hour)))
	}
}

// tooEarlyLocked tells whether the next message has to wait; then Pass is called when it has not.
func (b *Backlog) tooEarlyLocked() bool {
	p := &b.pace
	if p.interval == 0 {
		return false
	}
	now := time.Now()
	if earliest := now.Add(-burst); p.next.Before(earliest) {
		p.next = earliest
	}
	wait := p.next.Sub(now)
	if wait <= 0 {
		p.next = p.next.Add(p.interval)
		return false
	}
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, b.due)
	}
	return true
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
}
