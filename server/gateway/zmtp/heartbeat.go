package zmtp

import "time"

// lifeSigns is what the heartbeat remembers between two intervals.
type lifeSigns struct {
	received uint64
	silent   int // intervals without a byte
}

// beat is called once in every interval: a peer that said something is alive, one that did not is asked.
func (p *Conn) beat(life *lifeSigns) error {
	received := p.guard.wire.received.Load()
	if received != life.received {
		life.received, life.silent = received, 0
		if p.asked.Swap(nil) != nil && p.OnAnswer != nil {
			p.OnAnswer()
		}
		return nil
	}
	life.silent++
	limit := SilentIntervals
	if p.Patience != nil {
		limit = p.Patience()
	}
	if life.silent >= limit {
		return errSilent
	}
	if life.silent == 1 {
		p.asked.Store(&question{received, time.Now().Add(min(p.heartbeat, answerTime))})
	}
	return p.Ping(0)
}

// answerTime is how long a peer may take to answer a PING before it is better to turn to another, if there is one. That is
// long before silence is death.
const answerTime = time.Second

// question is the first PING since a peer was heard last.
type question struct {
	received uint64 // what had come when it was asked
	due      time.Time
}

// Answers tells whether the peer is heard from, as far as that is known: it is not when it owes the answer to a PING for
// longer than it should. It may be called at any time, by anybody.
func (p *Conn) Answers() bool {
	q := p.asked.Load()
	return q == nil || q.received != p.guard.wire.received.Load() || time.Now().Before(q.due)
}
