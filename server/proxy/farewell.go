package proxy

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// passedOn tells the client that nothing waits to be passed on.
func (k *Socket) passedOn(f session.Farewell) {
	k.handle.Lock()
	defer k.handle.Unlock()
	f.Tell(0)
}

// farewell is the end of a REQ socket of which requests have yet to be sent. They still are, although nobody gets the
// answers. The session's lock guards it.
type farewell struct {
	session.Farewell
	until time.Time
	told  bool
}

// farewellStep is how often a socket looks whether its requests were sent.
const farewellStep = 20 * time.Millisecond

// release is part of proxy.
func (p *reqProxy) release(f session.Farewell) {
	h := p.socket.handle
	h.Lock()
	p.farewell = &farewell{Farewell: f, until: time.Now().Add(f.Linger)}
	h.Counters().Lingering.Add(1)
	h.Unlock()
	p.linger()
}

// linger looks what is left, and comes again in a while, until all requests were sent or the time is over. What was sent is
// not waited for, unless its connection would end with it.
func (p *reqProxy) linger() {
	h := p.socket.handle
	h.Lock()
	end := p.farewell
	late := !time.Now().Before(end.until)
	var over []pendingRequest
	waits, left := 0, 0
	for id, entry := range p.pending {
		unsent := entry.call == nil || entry.again != nil || entry.call.Waits()
		if unsent {
			waits++
		}
		if late || !unsent && !entry.call.Exclusive() {
			over = append(over, *entry)
			delete(p.pending, id)
			h.Usage().Pending--
			continue
		}
		left++
	}
	if !end.told && (waits == 0 || late) {
		end.told = true
		end.Tell(waits)
		h.Counters().Lingering.Add(-1)
	}
	h.Unlock()
	for i := range over {
		over[i].stop()
	}
	if left > 0 {
		time.AfterFunc(farewellStep, p.linger)
		return
	}
	for _, r := range p.routes {
		r.Release()
	}
}
