package client

import (
	"slices"
	"strconv"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// end forgets a pending request and tells whether it was pending.
func (s *socket) end(id uint64) bool {
	r, pending := s.pending[id]
	s.againBytes -= len(r.again)
	delete(s.pending, id)
	return pending
}

// pendingInOrder is the numbers of the pending requests, the oldest first.
func (s *socket) pendingInOrder() []uint64 {
	ids := make([]uint64, 0, len(s.pending))
	for id := range s.pending {
		ids = append(ids, id)
	}
	sort(ids)
	return ids
}

// sort puts numbers in order. It is Shell's sort, because slices.Sort adds five times its size to zmq.wasm.
func sort(numbers []uint64) {
	for gap := len(numbers) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(numbers); i++ {
			for j := i; j >= gap && numbers[j] < numbers[j-gap]; j -= gap {
				numbers[j], numbers[j-gap] = numbers[j-gap], numbers[j]
			}
		}
	}
}

// awaits tells whether an answer is outstanding: one that the socket waits for, or one that it owes to a backend; or whether the
// bridge has yet to tell that a message has left.
func (s *socket) awaits() bool {
	for _, r := range s.pending {
		if r.sent {
			return true
		}
	}
	return len(s.asked) > 0 || s.receipts.exact && s.receipts.open() > 0
}

// flush sends the requests that waited for a connection. Messages are sent by sendQueued, because they wait for credit.
func (s *socket) flush(c *Client) {
	if s.typ != core.REQ || !s.carries(c) {
		return
	}
	unsent := s.unsent
	s.unsent, s.unsentBytes = nil, 0
	for _, o := range unsent {
		if r, pending := s.pending[o.request]; !pending || r.sent {
			continue // timed out or canceled while it waited
		}
		if s.sendRequest(c, o) != nil {
			s.failSoon(c, o.request, core.NewError(core.TooLarge, "the bridge accepts at most "+strconv.Itoa(c.maxSend())+" bytes"))
		}
	}
}

func (s *socket) sendRequest(c *Client, o outgoing) error {
	r := s.pending[o.request]
	err := c.send(&core.Frame{Kind: core.KindRequest, Socket: s.id, ID: o.request, Flags: o.flags,
		Millis: millisUntil(o.deadline, c.now), Body: o.body, Parts: o.parts})
	if err == nil {
		c.session.Expect()
		r.sent, r.tried = true, true
		r.again = s.keepAgain(c, o)
		s.pending[o.request] = r
	}
	return err
}

// keepAgain returns the body of an idempotent request, to be sent again if the session is lost. It is nil for any other
// request, and when there is no room to keep the body.
func (s *socket) keepAgain(c *Client, o outgoing) core.Body {
	if o.flags&core.FlagIdempotent == 0 {
		return nil
	}
	if o.body == nil {
		o.body = core.EncodeBody(o.parts)
	}
	if s.againBytes+len(o.body) > c.cfg.MaxQueued {
		return nil
	}
	s.againBytes += len(o.body)
	return o.body
}

// failSoon makes a request fail at the next Tick. It is for places where no event may come out.
func (s *socket) failSoon(c *Client, id uint64, why *core.Error) {
	s.pending[id] = request{deadline: c.now, failed: why}
	c.requests.push(deadline{at: c.now, socket: s.id, request: id})
}

// failQueued drops the messages that wait on a socket whose endpoints are all refused, and emits an EventFailed for each.
func (s *socket) failQueued(c *Client, why *core.Error) {
	messages := slices.DeleteFunc(s.unsent, func(o outgoing) bool { return o.request != 0 })
	s.unsent, s.unsentBytes = nil, 0
	for range messages {
		if c.sockets[s.id] == s {
			c.emit(&Event{Kind: EventFailed, Socket: s.id, Code: why.Code, Text: core.ClipText(why.Text), Remote: why.Remote})
		}
	}
}

// failPending ends every request of a socket that can reach nobody, with an EventFailed for each.
func (s *socket) failPending(c *Client, why *core.Error) {
	s.unsent, s.unsentBytes = nil, 0
	for _, id := range s.pendingInOrder() {
		if s.end(id) {
			c.emit(&Event{Kind: EventFailed, Socket: s.id, ID: id, Code: why.Code, Text: core.ClipText(why.Text), Remote: why.Remote})
		}
	}
}

// expire ends a request whose deadline has passed, unless it has ended before.
func (s *socket) expire(c *Client, d deadline) {
	r, pending := s.pending[d.request]
	if !pending || r.deadline != d.at {
		return
	}
	s.end(d.request)
	if r.sent && c.speaks() {
		c.send(&core.Frame{Kind: core.KindCancel, Socket: s.id, ID: d.request})
	}
	if s.closing != nil {
		return // nobody waits for it
	}
	why := r.failed
	switch {
	case why != nil:
	case r.tried:
		why = errTimeout
	default:
		why = s.unsentBecause(c)
	}
	c.emit(&Event{Kind: EventFailed, Socket: s.id, ID: d.request, Code: why.Code, Text: core.ClipText(why.Text)})
}

// unsentBecause says why a request was not sent before its deadline. Its sender need not fear that it was processed.
func (s *socket) unsentBecause(c *Client) *core.Error {
	switch {
	case len(s.endpoints) == 0:
		return errUnconnected
	case c.leaving:
		return errLeaving
	}
	return errUnsent
}

var (
	errTimeout     = core.NewError(core.Timeout, "no answer in time")
	errUnsent      = core.NewError(core.Unavailable, "nothing was sent: there was no connection to the bridge in time")
	errUnconnected = core.NewError(core.Unavailable, "nothing was sent: the socket is connected to nothing")
	errLeaving     = core.NewError(core.Unavailable, "nothing was sent: the bridge stops, and there was no other in time")
)

// millisUntil rounds up, and never to 0, which would mean the bridge's default.
func millisUntil(deadline, now time.Duration) uint64 {
	return uint64(max(1, (deadline-now+time.Millisecond-1)/time.Millisecond))
}
