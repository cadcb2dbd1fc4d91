package zmq

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// handle receives the engine's events. It is called under the lock. It notes the events and wakes those who wait for them. It
// never blocks, and never calls the application.
func (c *Context) handle(e *client.Event) {
	switch e.Kind {
	case client.EventReady:
		c.credentials.refusals = 0
		c.setStatus(Connected, nil)
	case client.EventResumed:
		c.credentials.refusals = 0
		c.resumed()
	case client.EventExpiring:
		c.expires(e)
	case client.EventReset:
		c.reset(e.Err())
	case client.EventTurnedAway:
		c.notBefore = c.now() + time.Duration(min(e.Millis, uint64(c.opts.BackoffMax/time.Millisecond)*10))*time.Millisecond
	case client.EventDraining:
		c.drain(e)
	case client.EventEnded:
		c.gone(e)
	default:
		if s := c.sockets[e.Socket]; s != nil {
			s.handle(e)
			s.changed.Fire()
		}
	}
}

func (s *Socket) handle(e *client.Event) {
	switch e.Kind {
	case client.EventOpened, client.EventUp:
		s.endpoint(e.ID).became(true, nil)
	case client.EventDown:
		if s.endpoint(e.ID).live {
			s.gone++
		}
		s.endpoint(e.ID).became(false, e.Err())
	case client.EventRefused:
		s.refused(s.endpoint(e.ID), e.Err())
	case client.EventDisconnected:
		delete(s.leaving, e.ID)
	case client.EventSubscribed:
		if sub := s.subscriptions[e.ID]; sub != nil {
			sub.live = true
		}
	case client.EventUnsubscribed:
		if sub := s.subscriptions[e.ID]; sub != nil {
			sub.refused = e.Err()
			s.report(e.Err())
		}
	case client.EventMessage, client.EventRequest:
		d := delivery{request: e.ID, msg: e.Parts.Clone(), size: e.Parts.Size()}
		s.place(&d, e)
		s.receive(d)
	case client.EventPositioned:
		s.placed = true
	case client.EventGap:
		if e.Code == core.OK { // the subscription asked for it, so it is no gap
			s.conflated += e.Missed
			return
		}
		gap := &GapError{Missed: e.Missed, Code: e.Code}
		s.reportGap(gap)
		s.ctx.note(Event{Kind: EventGap, Socket: s, Missed: e.Missed, Err: gap})
	case client.EventRecovered:
		s.ctx.note(Event{Kind: EventRecovered, Socket: s, Missed: e.Missed})
	case client.EventReply:
		s.finish(e.ID, e.Parts.Clone(), nil)
	case client.EventFailed:
		if e.ID == 0 { // it was a message, not a request
			s.report(e.Err())
			return
		}
		s.finish(e.ID, nil, e.Err())
	case client.EventClosed:
		s.shut(e.Err())
	case client.EventWritable: // s.changed fires, so a Send that waits tries again
	}
}
