package exchange

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// visit is an exchange as a client of the bridge, with one socket that is connected to one endpoint. The goroutine of the request
// owns it.
type visit struct {
	conn   *Conn
	engine *client.Client
	began  time.Time
	unsent []byte        // a batch that the bridge has yet to take
	busy   bool          // a large batch has come, and what it has brought is being written
	served chan struct{} // closed when the session has ended
	socket uint32

	event   func(*client.Event)
	settled bool        // whether the endpoint is allowed is known
	refusal *core.Error // it is not, or the bridge takes nobody
	away    *core.Error // it is, and its backend is not there
}

// enter begins a session for whoever asks. leave ends it.
func (h *Handler) enter(to target, w window) *visit {
	v := &visit{conn: newConn(), began: time.Now(), served: make(chan struct{}), event: func(*client.Event) {}}
	v.engine = client.New(client.Config{Agent: "HTTP", MaxMessage: h.cfg.MaxMessage(), RequestTimeout: h.cfg.RequestTimeout,
		WindowMessages: w.messages, WindowBytes: w.bytes, Without: core.CanRenew | core.CanReceipts}, v.receive)
	v.engine.Start(0)
	go func() { // ends with the session, for which leave waits
		defer close(v.served)
		h.host.Serve(v.conn, to.asker)
	}()
	return v
}

// window is what an exchange is sent before its reader has taken any of it.
type window struct{ messages, bytes int }

// streamWindow is little, so that the bridge's own queue, which knows what to do when there is too much, is where messages wait.
var streamWindow = window{128, 256 << 10}

// leave ends the session, and waits until its place is free. It may be called again.
func (v *visit) leave() {
	v.depart()
	<-v.served
}

// leaveFirst is leave before there is an answer, so that whoever gets it finds the place free, if that does not take long.
func (v *visit) leaveFirst() {
	v.depart()
	late := time.NewTimer(leaveTime)
	defer late.Stop()
	select {
	case <-v.served:
	case <-late.C:
	}
}

const leaveTime = 10 * time.Millisecond

func (v *visit) depart() {
	select {
	case <-v.conn.left:
	default:
		close(v.conn.left)
	}
}

func (v *visit) now() time.Duration { return time.Since(v.began) }

// receive is the sink of the engine.
func (v *visit) receive(e *client.Event) {
	switch e.Kind {
	case client.EventOpened, client.EventUp:
		v.settled, v.away = true, nil
	case client.EventMessage:
		v.settled = true // by a publisher that does not prove that it has heard of the subscription
	case client.EventDown:
		if e.Code != core.Conflict {
			v.settled, v.away = true, e.Err()
		}
	case client.EventRefused, client.EventClosed:
		v.settled, v.refusal = true, e.Err()
	case client.EventTurnedAway:
		v.settled, v.refusal = true, core.NewError(core.Busy, string(e.Text))
	}
	v.event(e)
}

// open connects a socket of this type to an endpoint, and waits until it is known whether that is allowed. Between the two
// prepare is called, if there is anything to be said along with it. Who may wait no longer than until due says so.
func (v *visit) open(ctx context.Context, t core.SocketType, to target, since core.Position, due time.Time, prepare func() error) error {
	id, err := v.engine.NewSocket(t, nil)
	if err != nil {
		return err
	}
	v.socket = id
	if _, err := v.engine.ConnectSince(id, to.endpoint, to.params, since); err != nil {
		return err
	}
	if prepare != nil {
		if err := prepare(); err != nil {
			return err
		}
	}
	for v.refusal == nil && !v.settled {
		if !due.IsZero() && time.Now().After(due) {
			return core.NewError(core.Unavailable, "the backend did not answer in time; nothing was sent")
		}
		if err := v.step(ctx, due); err != nil {
			return err
		}
	}
	return v.refused()
}

// refused is why the endpoint is refused; nil: it is not.
func (v *visit) refused() error {
	if v.refusal != nil {
		return v.refusal
	}
	return nil
}

// until waits until something is so, or the endpoint is refused.
func (v *visit) until(ctx context.Context, holds func() bool) error {
	for v.refusal == nil && !holds() {
		if err := v.step(ctx, time.Time{}); err != nil {
			return err
		}
	}
	return v.refused()
}

// step waits until something has come from the bridge, or until a time; zero: for as long as it takes. An error ends the exchange.
func (v *visit) step(ctx context.Context, at time.Time) error {
	if v.busy {
		v.busy = false
		v.conn.done <- struct{}{} // there is room: Finish waits for it before it hands over another
	}
	if len(v.unsent) == 0 {
		v.unsent = v.engine.Take(nil, v.now())
	}
	up := v.conn.up
	if len(v.unsent) == 0 {
		up = nil
	}
	timer := time.NewTimer(v.patience(at))
	defer timer.Stop()
	select {
	case up <- v.unsent:
		v.unsent = nil
		return nil
	case batch := <-v.conn.down:
		return v.feed(batch)
	case <-timer.C:
		return v.engine.Tick(v.now())
	case <-ctx.Done():
		return core.NewError(core.Canceled, "the request was given up")
	case <-v.conn.ended:
	}
	select {
	case batch := <-v.conn.down: // it was said before
		return v.feed(batch)
	default:
		return v.conn.why()
	}
}

// patience is how long it is until a time, or until the engine has something to do.
func (v *visit) patience(at time.Time) time.Duration {
	wait := time.Hour
	if !at.IsZero() {
		wait = time.Until(at)
	}
	if next, ok := v.engine.Next(); ok {
		wait = min(wait, next-v.now())
	}
	return max(0, wait)
}

func (v *visit) feed(batch []byte) error {
	v.busy = len(batch) > small
	return v.engine.Feed(batch, v.now())
}
