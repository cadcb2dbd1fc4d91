package exchange

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// subscription is what a request for a stream says.
type subscription struct {
	topics  []string // prefixes
	since   core.Position
	options client.SubscribeOptions
	as      string
	implied bool // the overflow policy was not chosen by who asks
}

func parseSubscription(q words.Query, r *http.Request) (s subscription, err error) {
	s.as = q.Text("as")
	if _, known := formats[s.as]; !known && !s.isPictures() {
		return s, core.NewError(core.Invalid, "as is text, json or msgpack; or jpeg, png, gif, webp or avif for an img; or left out")
	}
	if s.topics, s.options, err = q.Subscription(); err != nil {
		return s, err
	}
	if s.isPictures() && s.options.Overflow == core.OverflowDefault {
		s.options.Overflow, s.implied = core.Conflate, true
	}
	at := q.Text("since")
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		at = last // an EventSource that has come back says the URL of the first time, too
	}
	s.since, err = words.ParsePosition(at)
	return s, err
}

// formats of parts, in streams of events and of lines.
var formats = map[string]bool{"": true, "text": true, "json": true, "msgpack": true}

func (s subscription) isPictures() bool { return pictureKinds[s.as] != "" }

// window is how much the reader is sent before it has taken any of it. Whoever looks at pictures wants the last one.
func (s subscription) window() window {
	if s.isPictures() {
		return window{1, 1}
	}
	return streamWindow
}

// format is how the stream is written.
func (s subscription) format(r *http.Request) format {
	if s.isPictures() {
		return newPictures(s.as)
	}
	if accepts(r, "application/x-ndjson") || accepts(r, "application/jsonl") {
		return &lines{Writer: words.NewWriter(), as: s.as}
	}
	return &events{Writer: words.NewWriter(), as: s.as}
}
