package req

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// conversation is one connection of type REQ. Its reader ends a request with the reply, and makes the next one that waits. When
// none does, the goroutine of converse waits for one.
type conversation struct {
	lockstep *lockstep
	peer     *zmtp.Conn
	end      func(error)
	asked    atomic.Bool // a request was written, and its reply has not come
	idle     chan bool   // from the reader: there is nothing to do; false: nor is there going to be
	ended    chan error  // why the connection has ended

	mu      sync.Mutex
	seat    *seat
	current *Request  // nil: there is none
	since   time.Time // when it became that
}

// converse makes a connection, and one request after the other over it, beginning with r. It has a place, and gives it back.
func (l *lockstep) converse(ctx context.Context, r *Request) {
	s := &seat{lockstep: l}
	defer s.leave()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	q := l.requester
	if !q.claim(r, end) {
		return
	}
	c, err := l.connect(ctx, s, end)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		q.fail(r, err)
		return
	}
	for r != nil {
		if err = c.converse(r); err != nil {
			break
		}
		for r = c.next(); r != nil && !q.claim(r, end); {
			r = c.next()
		}
	}
	end(errIdle)
	<-c.ended
	if c.current != nil { // nobody else is left to change it
		q.fail(c.current, err)
	}
}

func (l *lockstep) connect(ctx context.Context, s *seat, end func(error)) (*conversation, error) {
	link := l.requester.link
	p, err := link.DialBeside(ctx, core.REQ)
	if err != nil {
		return nil, err
	}
	c := &conversation{lockstep: l, seat: s, peer: p, end: end, idle: make(chan bool, 1), ended: make(chan error, 1)}
	p.Out = zmtp.Wakeups()
	p.LendMessages()
	p.OnMessage = c.take
	p.OnExcess = c.takeExcess
	// Ended by ctx and joined by converse.
	go func() {
		defer close(c.ended)
		c.ended <- link.RunBeside(ctx, p)
	}()
	return c, nil
}

// take ends the request with its reply. It runs in the reader goroutine.
func (c *conversation) take(m core.Message) error {
	if len(m) < 2 || len(m[0]) != 0 {
		return zmtp.ProtocolError("a reply without its envelope")
	}
	return c.answered(answer{reply: m[1:]})
}

// takeExcess ends the request whose reply was over a limit.
func (c *conversation) takeExcess(_ core.Message, reason *core.Error) error {
	return c.answered(answer{err: tooLarge(reason)})
}

func (c *conversation) answered(a answer) error {
	if !c.asked.CompareAndSwap(true, false) {
		return zmtp.ProtocolError("a reply to no request") // or it would be taken for the reply to the next
	}
	c.mu.Lock()
	r, seated := c.current, !c.seat.waits
	c.current = nil
	c.mu.Unlock()
	if !c.lockstep.requester.finish(r, a) {
		c.idle <- false // withdrawn at the same time: abandon is ending this connection, or about to
		return nil
	}
	if seated {
		if r := c.following(); r != nil {
			return c.ask(r)
		}
	}
	c.idle <- true
	return nil
}

// following is the next request, if one waits.
func (c *conversation) following() *Request {
	for r := c.lockstep.next(); r != nil; r = c.lockstep.next() {
		if c.lockstep.requester.claim(r, c.end) {
			return r
		}
	}
	return nil
}

// ask makes a request. It is called by the reader, or while that has nothing to do.
func (c *conversation) ask(r *Request) error {
	c.mu.Lock()
	c.current, c.since = r, time.Now()
	c.mu.Unlock()
	return c.peer.Out.Push(c, 0)
}

// Write implements zmtp.Outgoing: it writes the request without the envelope that tells requests apart.
func (c *conversation) Write(p *zmtp.Conn) error {
	c.mu.Lock()
	r := c.current
	c.mu.Unlock()
	if r == nil {
		return nil // the backend has answered what it was not asked
	}
	c.asked.Store(true)
	return r.writeBehind(p, noEnvelope)
}

// noEnvelope is what a REQ puts in front of a request.
var noEnvelope = [][]byte{nil}

// converse makes a request, and those that the reader makes after it, until there is none. An error ends the connection, and
// the request with it.
func (c *conversation) converse(r *Request) error {
	if err := c.ask(r); err != nil {
		return err
	}
	look := time.NewTicker(waitsLong / 4)
	defer look.Stop()
	for {
		select {
		case more := <-c.idle:
			if !more {
				return errIdle
			}
			return nil
		case now := <-look.C:
			c.look(now)
		case err := <-c.ended:
			return err
		}
	}
}

// look gives the place up when the request has waited for long.
func (c *conversation) look(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && now.Sub(c.since) >= waitsLong {
		c.seat.yield()
	}
}

// next waits for another request; nil: the connection has ended, or none came for long.
func (c *conversation) next() *Request {
	t := time.NewTimer(c.lockstep.requester.config.IdleClose)
	defer t.Stop()
	select {
	case <-c.ended:
		return nil // even if somebody waits for a connection
	default:
	}
	if !c.retake() {
		return c.lockstep.next() // if none waits there are connections enough
	}
	if r := c.lockstep.next(); r != nil {
		return r
	}
	select {
	case r := <-c.lockstep.requests:
		return r
	case <-c.ended:
	case <-t.C:
	}
	return nil
}

func (c *conversation) retake() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seat.retake()
}
