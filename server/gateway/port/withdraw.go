package port

import "github.com/zmqwebbridge/zmqwebbridge/core"

// withdrawing is a pattern that can give back what it has not sent yet.
type withdrawing interface {
	withdraw(x *Port) []core.Message
}

// Withdraw takes back what was sent through the port and was not given to a connection yet, in order. Of what comes back,
// sent is not called. The port takes no message any more. A type that drops, rather than to wait, gives nothing back.
func (p *Port) Withdraw() []core.Message {
	p.refuses.Store(true)
	if w, ok := p.hub.pattern.(withdrawing); ok {
		return w.withdraw(p)
	}
	return nil
}

// Withdraws tells whether Withdraw takes everything back that waits.
func (p *Port) Withdraws() bool {
	_, ok := p.hub.pattern.(withdrawing)
	return ok
}

// withdraw is part of withdrawing. Who was refused before may have room now.
func (b *balancer) withdraw(x *Port) (back []core.Message) {
	b.mu.Lock()
	if b.spare != nil {
		back = b.spare.withdraw(x)
	}
	for _, l := range b.pipes {
		back = append(back, l.withdraw(x)...)
	}
	b.mu.Unlock()
	b.tell()
	return back
}

func (q *pipe) withdraw(x *Port) (back []core.Message) {
	for _, it := range q.takeFrom(x) {
		back = append(back, it.message)
	}
	return back
}
