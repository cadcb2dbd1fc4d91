package exchange

import (
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// push is POST /push/NAME, and publish is POST /pub/NAME: a message of a PUSH or a PUB socket. 202 says that it has left for a
// backend.
func (h *Handler) push(w http.ResponseWriter, r *http.Request, to target) error {
	return h.send(w, r, to, core.PUSH)
}

func (h *Handler) publish(w http.ResponseWriter, r *http.Request, to target) error {
	return h.send(w, r, to, core.PUB)
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, to target, t core.SocketType) error {
	inParts, err := to.query.InParts()
	if err != nil {
		return err
	}
	timeout, err := to.query.Timeout(sendTime)
	if err != nil {
		return err
	}
	v := h.enter(to, streamWindow)
	defer v.leave()
	due := time.Now().Add(timeout)
	if err := v.open(r.Context(), t, to, core.Position{}, due, nil); err != nil {
		return err
	}
	m, err := h.message(w, r, v, inParts)
	if err != nil {
		return err
	}
	if err := v.handOver(r, m, due); err != nil {
		return err
	}
	v.leaveFirst()
	answer(w, "text/plain; charset=utf-8", http.StatusAccepted, nil)
	return nil
}

// handOver sends a message, closes the socket, and waits until the bridge has told what became of it.
func (v *visit) handOver(r *http.Request, m core.Message, due time.Time) error {
	var failed *core.Error
	ended, unpassed := false, uint64(0)
	v.event = func(e *client.Event) {
		switch e.Kind {
		case client.EventFailed:
			failed = e.Err()
		case client.EventEnded:
			ended, unpassed = true, e.Missed
			if e.Code != core.OK && failed == nil {
				failed = e.Err()
			}
		}
	}
	if err := v.engine.Send(v.socket, m); err != nil {
		return err
	}
	linger := max(time.Until(due), time.Millisecond)
	if waits := v.engine.CloseWithin(v.socket, linger, true, v.now()); !waits {
		return core.NewError(core.Internal, "the bridge does not tell what becomes of a message")
	}
	if err := v.until(r.Context(), func() bool { return ended || failed != nil }); err != nil {
		return err
	}
	switch {
	case failed != nil:
		return failed
	case unpassed > 0 && v.away != nil:
		return core.NewError(core.Unavailable, v.away.Text)
	case unpassed > 0:
		return core.NewError(core.Busy, "the backend has no room for the message")
	}
	return nil
}
