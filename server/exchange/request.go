package exchange

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// request is POST /req/NAME: a request of a REQ socket, and its reply.
func (h *Handler) request(w http.ResponseWriter, r *http.Request, to target) error {
	inParts, err := to.query.InParts()
	if err != nil {
		return err
	}
	message := func(v *visit) (core.Message, error) { return h.message(w, r, v, inParts) }
	return h.ask(w, r, to, message, func(reply core.Message) error {
		giveMessage(w, r, reply, inParts)
		return nil
	})
}

// giveMessage answers with a message: with all of its parts, as a list or as the request accepts them, or with the last one.
func giveMessage(w http.ResponseWriter, r *http.Request, m core.Message, inParts bool) {
	w.Header().Set("Zwb-Parts", strconv.Itoa(len(m)))
	if inParts {
		out := words.NewWriter()
		out.Parts(m, "")
		answer(w, "application/json", http.StatusOK, out.Bytes())
		return
	}
	if accepts(r, mixed) {
		answerMixed(w, r, m)
		return
	}
	last := m[len(m)-1]
	answer(w, kindOf(last, r), http.StatusOK, last)
}

// kindOf is the media type of a part: JSON where the request asks for that and it is, else text, else bytes.
func kindOf(part []byte, r *http.Request) string {
	switch {
	case accepts(r, "application/json") && json.Valid(part):
		return "application/json"
	case utf8.Valid(part):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// accepts tells whether a request asks for a media type by its name.
func accepts(r *http.Request, kind string) bool {
	for _, line := range r.Header.Values("Accept") {
		for entry := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(entry, ";")
			if strings.EqualFold(strings.TrimSpace(name), kind) {
				return true
			}
		}
	}
	return false
}

// ask sends a request, and answers with the reply. message is called when the user may use the endpoint.
func (h *Handler) ask(w http.ResponseWriter, r *http.Request, to target, message func(*visit) (core.Message, error), give func(reply core.Message) error) error {
	timeout, err := to.query.Timeout(h.cfg.RequestTimeout)
	if err != nil {
		return err
	}
	idempotent, err := isIdempotent(r)
	if err != nil {
		return err
	}
	v := h.enter(to, streamWindow)
	defer v.leave()
	due := time.Now().Add(timeout)
	if err := v.open(r.Context(), core.REQ, to, core.Position{}, due, nil); err != nil {
		return err
	}
	m, err := message(v)
	if err != nil {
		return err
	}
	reply, err := v.exchange(r.Context(), m, client.RequestOptions{Timeout: max(time.Until(due), time.Millisecond), Idempotent: idempotent})
	if err != nil {
		return err
	}
	if reply.Size() <= small {
		v.leaveFirst()
	} else if err := v.conn.hold(2 * reply.Size()); err != nil {
		return err
	}
	return give(reply)
}

// exchange sends a request, and waits for the reply, which is a copy.
func (v *visit) exchange(ctx context.Context, m core.Message, options client.RequestOptions) (reply core.Message, err error) {
	var failed *core.Error
	v.event = func(e *client.Event) {
		switch e.Kind {
		case client.EventReply:
			reply = e.Parts.Clone()
		case client.EventFailed:
			failed = e.Err()
		}
	}
	if _, err := v.engine.Request(v.socket, m, options, v.now()); err != nil {
		return nil, err
	}
	err = v.until(ctx, func() bool { return reply != nil || failed != nil })
	switch {
	case reply != nil:
		return reply, nil
	case failed != nil:
		return nil, failed
	}
	return nil, v.unanswered(err)
}

// unanswered is why a request that was sent has no reply: if the session has ended, it may have been processed.
func (v *visit) unanswered(err error) error {
	if e := asError(err); e.Code != core.Canceled && v.engine.Tried(v.socket, 1) {
		return core.NewError(core.Lost, "the bridge has ended the session: "+e.Text)
	}
	return err
}

// isIdempotent tells whether a request may be sent to a backend more than once.
func isIdempotent(r *http.Request) (bool, error) {
	switch r.Header.Get("Zwb-Idempotent") {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, core.NewError(core.Invalid, "Zwb-Idempotent is true or false")
}
