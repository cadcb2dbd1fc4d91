package port

import (
	"sync"
	"time"
)

// openingGrace is how long after the handshake with a subscriber the first subscription is waited for. It comes right behind
// the handshake if the peer has subscribed to anything.
const openingGrace = 100 * time.Millisecond

// openings are the ports of a PUB or XPUB that wait for the first subscription of a peer they have just been connected to:
// what they published before it would reach nobody.
type openings struct {
	mu      sync.Mutex
	waiting map[*Port]*opening
}

// opening is one wait. It is ended by a subscription, by its timer, or by the port that leaves.
type opening struct {
	live  func()
	timer *time.Timer
}

func newOpenings() openings { return openings{waiting: make(map[*Port]*opening)} }

// begin has live called when the wait of x ends, after so long at the latest.
func (o *openings) begin(x *Port, live func(), wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forget(x)
	it := &opening{live: live}
	it.timer = time.AfterFunc(wait, func() { o.expire(x, it) })
	o.waiting[x] = it
}

// forget ends a wait of which nobody is to be told. The caller holds the lock.
func (o *openings) forget(x *Port) {
	if it := o.waiting[x]; it != nil {
		it.timer.Stop()
		delete(o.waiting, x)
	}
}

// expire is run by the timer.
func (o *openings) expire(x *Port, it *opening) {
	o.mu.Lock()
	current := o.waiting[x] == it
	if current {
		delete(o.waiting, x)
	}
	o.mu.Unlock()
	if current {
		it.live()
	}
}

// end ends all waits: somebody has subscribed.
func (o *openings) end() {
	o.mu.Lock()
	var ended []*opening
	for x, it := range o.waiting {
		ended = append(ended, it)
		o.forget(x)
	}
	o.mu.Unlock()
	for _, it := range ended {
		it.live()
	}
}

// leave ends the wait of a port that is given back.
func (o *openings) leave(x *Port) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.forget(x)
}
