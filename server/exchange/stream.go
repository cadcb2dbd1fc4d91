package exchange

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// stream is GET /sub/NAME: the messages of a SUB socket, as they come, until one of both ends has enough.
type stream struct {
	v       *visit
	format  format
	waiting map[uint64]bool // subscriptions that the bridge has not answered
	down    bool            // the reader was told that the backend is away
	leaveAt time.Time       // the bridge has asked to leave; zero: it has not
	over    *core.Error     // why it ends
	missing *gap            // was not told yet

	epoch           string
	written         bool // something was, since that was looked at
	messages, bytes int  // that were written down since the bridge was granted more
}

// subscribe answers with a stream.
func (h *Handler) subscribe(w http.ResponseWriter, r *http.Request, to target) error {
	wanted, err := parseSubscription(to.query, r)
	if err != nil {
		return err
	}
	err = h.stream(w, r, to, wanted)
	if wanted.implied && core.CodeOf(err) == core.Denied { // as the endpoint has it, then
		wanted.options.Overflow = core.OverflowDefault
		err = h.stream(w, r, to, wanted)
	}
	return err
}

// stream subscribes, and writes what comes. An error is why there is nothing to write.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, to target, wanted subscription) error {
	v := h.enter(to, wanted.window())
	defer v.leave()
	s := &stream{v: v, format: wanted.format(r), waiting: map[uint64]bool{}}
	v.event = s.event
	err := v.open(r.Context(), core.SUB, to, wanted.since, time.Now().Add(h.cfg.RequestTimeout), func() error { return s.ask(wanted) })
	if err == nil {
		err = v.until(r.Context(), func() bool { return s.over != nil || v.away != nil || s.messages > 0 || len(s.waiting) == 0 })
	}
	if err == nil && s.over != nil {
		err = s.over
	}
	if err != nil {
		return err
	}
	s.run(w, r.Context(), h.cfg.Heartbeat)
	return nil
}

// ask subscribes to what is wanted.
func (s *stream) ask(wanted subscription) error {
	for _, topic := range wanted.topics {
		id, err := s.v.engine.Subscribe(s.v.socket, []byte(topic), wanted.options)
		if err != nil {
			return err
		}
		s.waiting[id] = true
	}
	return nil
}

// event writes down what has happened.
func (s *stream) event(e *client.Event) {
	if e.Kind != client.EventPositioned && e.Kind != client.EventMessage {
		s.tellGap(core.Position{})
	}
	switch e.Kind {
	case client.EventSubscribed:
		delete(s.waiting, e.ID)
	case client.EventUnsubscribed, client.EventRefused, client.EventClosed:
		s.over = e.Err()
	case client.EventPositioned:
		s.epoch = string(e.Text)
		at := core.Position{Epoch: s.epoch, Offset: e.Offset}
		if !s.tellGap(at) {
			s.format.position(at)
		}
	case client.EventMessage:
		s.messages++
		s.bytes += e.Parts.Size()
		s.tellGap(core.Position{Epoch: s.epoch, Offset: max(1, e.Offset) - 1})
		s.format.message(e.Parts, core.Position{Epoch: s.epoch, Offset: e.Offset})
	case client.EventGap:
		s.missing = &gap{e.Missed, e.Code.String()}
	case client.EventDown:
		s.down = true
		s.format.happened("down", trouble{e.Code.String(), string(e.Text)}, core.Position{})
	case client.EventUp, client.EventOpened:
		if s.down {
			s.down = false
			s.format.happened("up", struct{}{}, core.Position{})
		}
	case client.EventDraining:
		s.leaveAt = time.Now().Add(time.Duration(rand.Int64N(int64(e.Millis)+1)) * time.Millisecond)
	}
}

// tellGap writes down that messages are missing before a position, if that is so. Where the position is known, they are told of once,
// wherever the stream is cut: who has heard of them goes on behind them.
func (s *stream) tellGap(at core.Position) bool {
	if s.missing == nil {
		return false
	}
	s.format.happened("gap", *s.missing, at)
	s.missing = nil
	return true
}

// gap is what is told of messages that are missing.
type gap struct {
	Missed uint64 `json:"missed"` // 0: nobody knows how many
	Code   string `json:"code"`
}

// trouble is what is told of a backend that is away, and of the end of a stream.
type trouble struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty"`
}

// run writes what comes until it ends. A reader that takes nothing of it for a while is left: what the bridge has for it waits in the
// bridge, and is subject to the overflow policy of the subscription.
func (s *stream) run(w http.ResponseWriter, ctx context.Context, heartbeat time.Duration) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", s.format.kind())
	w.Header().Set("X-Accel-Buffering", "no") // nginx passes it on as it comes
	setWriteDeadline(control)
	w.WriteHeader(http.StatusOK)
	control.Flush() // who cannot be written to is found out soon enough
	s.format.begin()
	quiet := time.Now()
	for s.flush(w, control) && s.over == nil {
		if s.written {
			s.written, quiet = false, time.Now()
		}
		due := quiet.Add(heartbeat)
		if !s.leaveAt.IsZero() && s.leaveAt.Before(due) {
			due = s.leaveAt
		}
		if err := s.v.step(ctx, due); err != nil && s.over == nil {
			s.over = asError(err)
		}
		now := time.Now()
		switch {
		case s.over != nil:
			s.format.happened("closed", trouble{s.over.Code.String(), s.over.Text}, core.Position{})
		case !s.leaveAt.IsZero() && !now.Before(s.leaveAt):
			return
		case s.format.Len() == 0 && now.Sub(quiet) >= heartbeat:
			s.format.beat()
		}
	}
}

// flush hands what was written down to the network, and grants the bridge credit for it. It tells whether the reader took it.
func (s *stream) flush(w http.ResponseWriter, control *http.ResponseController) bool {
	s.tellGap(core.Position{}) // what comes next may take its time
	b := s.format.Take()
	if len(b) == 0 {
		return true
	}
	s.written = true
	setWriteDeadline(control)
	if len(b) > small {
		if s.v.conn.hold(len(b)) != nil {
			return false
		}
		defer s.v.conn.hold(0)
	}
	if _, err := w.Write(b); err != nil || control.Flush() != nil {
		return false
	}
	s.v.engine.Consumed(s.v.socket, s.messages, s.bytes)
	s.messages, s.bytes = 0, 0
	return true
}
