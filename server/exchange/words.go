package exchange

import (
	"net/http"
	"net/url"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// What is here is for other doors of the bridge, whose words are the same.

// Query is what a URL says.
type Query struct{ query }

// ParseQuery reads the parameters of a URL, of which there are those that it takes.
func ParseQuery(text string, takes []string) (Query, error) {
	q, err := parseQuery(text, takes)
	return Query{q}, err
}

// Text is a parameter as it is; "": it is not there.
func (q Query) Text(name string) string { return q.text(name) }

// InParts tells whether messages are written as lists of parts.
func (q Query) InParts() (bool, error) { return q.inParts() }

// Timeout is how long a request may take; 0: the URL does not say.
func (q Query) Timeout() (time.Duration, error) { return q.timeout(0) }

// Params are what the rules may want to know: a JSON object, or nil.
func (q Query) Params() ([]byte, error) { return q.params() }

// Subscription is what is subscribed to, and how.
func (q Query) Subscription() (topics []string, options client.SubscribeOptions, err error) {
	without := url.Values{}
	for _, name := range []string{"topic", "overflow", "rate"} {
		without[name] = q.query[name]
	}
	s, err := parseSubscription(query(without), &http.Request{})
	return s.topics, s.options, err
}

// ParseParts reads a message that is a list of parts, and AppendParts writes one. With embed, parts that are JSON are what they say.
func ParseParts(text []byte) (core.Message, error) { return parseParts(text) }

// AppendParts appends a message as a list of parts.
func AppendParts(dst []byte, m core.Message, embed bool) []byte {
	w, as := newWriter(), ""
	if embed {
		as = "json"
	}
	w.parts(m, as)
	return append(dst, w.Bytes()...)
}

// Fail answers with an error, before there is any other answer.
func Fail(w http.ResponseWriter, err error) { fail(w, err) }
