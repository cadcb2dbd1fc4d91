package zmq

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// handle receives the engine's events. It is called under the lock. It notes the events and wakes those who wait for them. It
// never blocks, and never calls the application.
func (c *Context) handle(e *core.Event) {
	switch e.Kind {
	case core.EventReady:
		c.setStatus(Connected, nil)
	case core.EventResumed:
		c.resumed()
	case core.EventReset:
		c.reset(e.Err())
	case core.EventTurnedAway:
		c.notBefore = c.now() + time.Duration(min(e.Millis, uint64(c.opts.BackoffMax/time.Millisecond)*10))*time.Millisecond
	case core.EventDraining:
		c.drain(e)
	case core.EventEnded:
		c.gone(e)
	default:
		if s := c.sockets[e.Socket]; s != nil {
			s.handle(e)
			s.changed.fire()
		}
	}
}

func (s *Socket) handle(e *core.Event) {
	switch e.Kind {
	case core.EventOpened, core.EventUp:
		s.endpoint(e.ID).became(true, nil)
	case core.EventDown:
		s.endpoint(e.ID).became(false, e.Err())
	case core.EventRefused:
		s.refused(s.endpoint(e.ID), e.Err())
	case core.EventDisconnected:
		delete(s.leaving, e.ID)
	case core.EventSubscribed:
		if sub := s.subscriptions[e.ID]; sub != nil {
			sub.live = true
		}
	case core.EventUnsubscribed:
		if sub := s.subscriptions[e.ID]; sub != nil {
			sub.refused = e.Err()
			s.report(e.Err())
		}
	case core.EventMessage, core.EventRequest:
		d := delivery{request: e.ID, msg: e.Parts.Clone(), size: e.Parts.Size()}
		s.place(&d, e)
		s.receive(d)
	case core.EventPositioned:
		s.placed = true
	case core.EventGap:
		if e.Code == core.OK { // the subscription asked for it, so it is no gap
			s.conflated += e.Missed
			return
		}
		gap := &GapError{Missed: e.Missed, Code: e.Code}
		s.report(gap)
		s.ctx.note(Event{Kind: EventGap, Socket: s, Missed: e.Missed, Err: gap})
	case core.EventRecovered:
		s.ctx.note(Event{Kind: EventRecovered, Socket: s, Missed: e.Missed})
	case core.EventReply:
		s.finish(e.ID, e.Parts.Clone(), nil)
	case core.EventFailed:
		if e.ID == 0 { // it was a message, not a request
			s.report(e.Err())
			return
		}
		s.finish(e.ID, nil, e.Err())
	case core.EventClosed:
		s.shut(e.Err())
	case core.EventWritable: // s.changed fires, so a Send that waits tries again
	}
}
