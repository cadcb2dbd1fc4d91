package exchange

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// subscription is what a request for a stream says.
type subscription struct {
	topics  []string // prefixes
	since   core.Position
	options client.SubscribeOptions
	as      string
}

func parseSubscription(q query, r *http.Request) (s subscription, err error) {
	s.topics, s.as = q["topic"], q.text("as")
	if len(s.topics) == 0 {
		s.topics = []string{""} // everything
	}
	switch s.as {
	case "", "text", "json":
	default:
		return s, core.NewError(core.Invalid, "as is text or json, or left out")
	}
	if s.options.Overflow, err = core.ParseOverflow(q.text("overflow")); err != nil {
		return s, err
	}
	if s.options.Interval, err = q.interval(); err != nil {
		return s, err
	}
	at := q.text("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		at = last // an EventSource that has come back says the URL of the first time, too
	}
	s.since, err = parsePosition(at)
	return s, err
}

// format is how the stream is written.
func (s subscription) format(r *http.Request) format {
	if accepts(r, "application/x-ndjson") || accepts(r, "application/jsonl") {
		return &lines{writer: newWriter(), as: s.as}
	}
	return &events{writer: newWriter(), as: s.as}
}
