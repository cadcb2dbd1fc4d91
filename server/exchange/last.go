package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// latest is GET /last/NAME: one message of a SUB socket, the last one where the bridge keeps last values, else the next one. Whoever
// has it already (If-None-Match) waits for another.
type latest struct {
	v       *visit
	known   string // what the client has, as If-None-Match says it
	message core.Message
	seen    bool        // the client has what is there
	over    *core.Error // why nothing will come
}

// How long a message is waited for, where the request does not say, and at most.
const (
	lastTime    = time.Second
	mostWaiting = 5 * time.Minute
)

// waitOf is how long a message is waited for, and whether the request says so.
func waitOf(q words.Query) (wait time.Duration, said bool, err error) {
	text := q.Text("wait")
	if text == "" {
		return lastTime, false, nil
	}
	if wait, err = time.ParseDuration(text); err != nil || wait <= 0 || wait > mostWaiting {
		return 0, false, core.NewError(core.Invalid, "wait is written as 500ms, 30s or 5m, which is the longest")
	}
	return wait, true, nil
}

func (h *Handler) last(w http.ResponseWriter, r *http.Request, to target) error {
	inParts, err := to.query.InParts()
	if err != nil {
		return err
	}
	wait, poll, err := waitOf(to.query)
	if err != nil {
		return err
	}
	v := h.enter(to, streamWindow)
	defer v.leave()
	l := &latest{v: v, known: r.Header.Get("If-None-Match")}
	v.event = l.event
	due := time.Now().Add(wait)
	if err := v.open(r.Context(), core.SUB, to, core.Position{}, due, func() error { return l.ask(to.query["topic"]) }); err != nil {
		return err
	}
	if err := l.await(r.Context(), due, poll); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache") // it may be kept, and asked for with its ETag
	if l.message == nil {
		w.Header().Set("ETag", l.known)
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("ETag", tagOf(l.message))
	if l.message.Size() <= small {
		v.leaveFirst()
	} else if err := v.conn.hold(2 * l.message.Size()); err != nil {
		return err
	}
	giveMessage(w, r, l.message, inParts)
	return nil
}

func (l *latest) ask(topics []string) error {
	if len(topics) == 0 {
		topics = []string{""}
	}
	for _, topic := range topics {
		if _, err := l.v.engine.Subscribe(l.v.socket, []byte(topic), client.SubscribeOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func (l *latest) event(e *client.Event) {
	switch e.Kind {
	case client.EventMessage:
		l.v.engine.Consumed(e.Socket, 1, e.Parts.Size())
		if l.message != nil {
			return
		}
		if knows(l.known, tagOf(e.Parts)) {
			l.seen = true
			return
		}
		l.message = e.Parts.Clone()
	case client.EventUnsubscribed, client.EventClosed:
		l.over = e.Err()
	}
}

// await waits for a message. Who does not poll is told at once that it has the last one.
func (l *latest) await(ctx context.Context, due time.Time, poll bool) error {
	for l.message == nil && l.over == nil && (poll || !l.seen) {
		if !time.Now().Before(due) {
			break
		}
		if err := l.v.step(ctx, due); err != nil {
			return err
		}
	}
	switch {
	case l.message != nil || l.over == nil && l.known != "":
		return nil
	case l.over != nil:
		return l.over
	case l.v.away != nil:
		return l.v.away
	}
	return core.NewError(core.Timeout, "nothing was published in time; with zmq.last_values the bridge keeps what was published before")
}

// tagOf is an ETag of a message: the same for the same parts.
func tagOf(m core.Message) string {
	hash := sha256.New()
	for _, part := range m {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write(part)
	}
	return `"` + hex.EncodeToString(hash.Sum(nil)[:12]) + `"`
}

// knows tells whether an If-None-Match names a tag (RFC 9110, section 13.1.2).
func knows(header, tag string) bool {
	for entry := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(entry), "W/") == tag {
			return true
		}
	}
	return false
}
