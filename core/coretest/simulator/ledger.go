package simulator

import (
	"fmt"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// event is the sink of a page's client. It compares every event with what the simulation knows.
func (p *page) event(e *client.Event) {
	p.client.HasBatch() // the receiver of an event may call these
	p.client.Next()
	p.sim.note("page %d is told %s %d/%d %v missed %d", p.number, trace.EventNames[e.Kind], e.Socket, e.ID, e.Code, e.Missed)
	switch e.Kind {
	case client.EventReady:
		p.began()
	case client.EventResumed:
		p.resumed()
	case client.EventReset:
		p.resetAt, p.reset = p.sim.Now(), true
		for _, s := range p.byID { // nothing is told of those that linger
			if s.gone {
				s.resets++
			}
		}
		if kept := p.sim.Now() - p.stopped; kept < p.sim.climate.retain && strings.Contains(string(e.Text), "as long as it keeps") {
			p.sim.fail("page %d gives its session up %v after the cut, it is kept for %v", p.number, kept, p.sim.climate.retain)
		}
	case client.EventDraining:
		p.leaving = p.conn
		p.leaveSoon(p.conn, p.sim.Now()+time.Duration(e.Millis)*time.Millisecond)
	case client.EventTurnedAway:
		p.notBefore = p.sim.Now() + time.Duration(e.Millis)*time.Millisecond
	case client.EventExpiring:
		p.expiring(e)
	case client.EventEnded:
		p.lingered(e)
	default:
		p.socketEvent(e)
	}
}

// lingered handles the end of a socket that lingered, which comes once.
func (p *page) lingered(e *client.Event) {
	s := p.byID[e.Socket]
	if s == nil || !s.gone || !s.lingers && s.page == p {
		p.sim.fail("page %d is told of the end of socket %d, which does not linger", p.number, e.Socket)
	}
	s.lingers = false
}

func (p *page) socketEvent(e *client.Event) {
	s := p.byID[e.Socket]
	if s == nil || s.gone {
		p.sim.fail("page %d: told %s of socket %d, which it does not have", p.number, trace.EventNames[e.Kind], e.Socket)
	}
	switch e.Kind {
	case client.EventMessage:
		s.message(e.Parts)
	case client.EventGap:
		s.gap(e)
	case client.EventPositioned:
		s.feed.place()
	case client.EventRecovered:
		if s.typ == core.PUSH && (!s.again || e.Missed == 0) {
			s.fail("%d messages are sent again", e.Missed)
		}
	case client.EventReply:
		s.replied(e)
	case client.EventFailed:
		s.failed(e)
	case client.EventRequest:
		p.answer(s, e.ID, string(e.Parts[0]))
	case client.EventWritable:
		s.blocked = false
	case client.EventUnsubscribed, client.EventClosed:
		p.sim.fail("page %d: %s of socket %d: %v", p.number, trace.EventNames[e.Kind], e.Socket, e.Err())
	}
	p.callBack(s, e)
}

// callBack makes the application call its client now and then while it receives an event.
func (p *page) callBack(s *pageSocket, e *client.Event) {
	if p.sim.calm || !p.sim.chance(3) || s.gone {
		return
	}
	switch {
	case p.sim.chance(5) && p.conn != nil:
		p.leftIdle = false
		p.hangUp(core.NewCloseError(core.CloseGoingAway, "in the middle of a batch"))
	case s.typ == core.REQ:
		p.request(s)
	case s.typ.Sends():
		p.send(s)
	case s.typ == core.SUB && e.Kind == client.EventMessage && p.sim.chance(20):
		p.close(s)
	}
}

// began handles the beginning of a new session, on which the bridge numbers everything anew.
func (p *page) began() {
	p.session, p.leftIdle, p.reset = p.conn.line.session, false, false
	for _, s := range p.sockets {
		s.stream.restart()
		s.feed.restart()
	}
}

func (p *page) resumed() {
	p.leftIdle = false
	if p.reset { // the page has hung up on the new session while it was told of the end of the old one
		p.began()
		return
	}
	if p.session == nil || p.conn.line.session != p.session {
		p.sim.fail("page %d resumed another session than it was in", p.number)
	}
}

// replied checks a reply: the request must not have ended before, and the answer has to be the right one.
func (s *pageSocket) replied(e *client.Event) {
	r := s.end(e.ID)
	if r == nil {
		s.fail("a reply to request %d, which has ended or was never made", e.ID)
	}
	if got := string(e.Parts[0]); len(e.Parts) != 1 || got != "re:"+r.payload {
		s.fail("the reply to request %d is %.40q, it asked %.40q", e.ID, got, r.payload)
	}
}

// failed checks the failure of a request: it must not have ended before, and the reason has to be true.
func (s *pageSocket) failed(e *client.Event) {
	if e.ID == 0 && s.refused && e.Code == core.Denied {
		s.denied++
		s.deniedAll++
		return
	}
	r := s.end(e.ID)
	if r == nil {
		s.fail("request %d failed after it had ended: %v", e.ID, e.Err())
	}
	now := s.page.sim.Now()
	switch {
	case e.Remote && e.Code == core.Timeout, e.Code == core.Unavailable, e.Code == core.Denied && s.refused:
	case e.Code == core.Timeout && now >= r.deadline:
	case e.Code == core.Lost && !e.Remote && s.page.resetAt == now && !s.page.leftIdle && !s.page.sendsAgain(r):
	default:
		s.fail("request %d, due at %v, idempotent %v, failed: %v", e.ID, r.deadline-time.Hour, r.idempotent, e.Err())
	}
}

func (s *pageSocket) gap(e *client.Event) {
	if !e.Remote { // the client reports it itself, because the session was lost
		s.resets++
		s.doubtful += e.Missed
		s.vague = s.vague || e.Missed == 0
		s.feed.vague = true
		return
	}
	s.feed.gap(e.Missed)
	if e.Code != core.Lost { // with this code the messages were lost before this session
		s.stream.gap(e.Missed)
	}
}

// message checks a message: it is the next one that was sent to this socket, after those that were reported missing.
func (s *pageSocket) message(parts core.Message) {
	m, err := trace.ReadContent(parts)
	if err != nil {
		s.fail("a message is not what was sent: %v", err)
	}
	b := s.page.session.socket(s.id)
	if b == nil {
		s.fail("a message of a socket the bridge does not have")
	}
	if err := s.stream.message(b.sent, m.Serial); err != nil {
		s.fail("%v", err)
	}
	if m.Feed > 0 {
		f := s.page.sim.bridge.feeds[m.Feed-1]
		if err := s.feed.message(f, m.Seq, len(s.feeds) == 1); err != nil {
			s.fail("%s: %v", f.name, err)
		}
	}
	s.hold(parts.Size())
}

func (s *pageSocket) fail(format string, args ...any) {
	s.page.sim.fail("page %d, %v socket %d: %s", s.page.number, s.typ, s.id, fmt.Sprintf(format, args...))
}

// clientWindow is the bytes that a client may have sent without an acknowledgement: the default of a session's window, since a
// client does not choose its own. The climate's window is the bridge's.
const clientWindow = 4 << 20

// check compares what a page holds in memory with its bounds.
func (p *page) check() {
	c := &p.sim.climate
	for _, s := range p.sockets {
		if len(s.held) > c.messages {
			s.fail("holds %d messages, its window is %d", len(s.held), c.messages)
		}
		if most := c.bytes + c.payload + trace.ContentSize; s.heldBytes > most {
			s.fail("holds %d bytes, its window is %d", s.heldBytes, c.bytes)
		}
	}
	// After a cut the client queues again what was not acknowledged.
	if most := maxQueued + max(c.queue, clientWindow) + 20*(c.payload+100); p.client.Queued() > most {
		p.sim.fail("page %d: its client queues %d bytes, which is above %d", p.number, p.client.Queued(), most)
	}
}

// sendsAgain tells whether a request is sent again when its session is lost. The client keeps a limited number of bytes for
// that, so it is only certain under a climate in which the limit is high.
func (p *page) sendsAgain(r *request) bool { return r.idempotent && p.sim.climate.queue >= 16<<20 }
