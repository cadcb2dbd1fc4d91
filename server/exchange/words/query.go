package words

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// EndpointOf is what a request is for: what has this name, which the path has, or else the address of the query, in canonical form.
//
// An address stands in the query, and nowhere else, because that comes through every proxy as it is: in a path some of them make one
// slash of two, undo %2F, or refuse it.
func EndpointOf(name string, q Query) (endpoint string, err error) {
	address := q.Text("address")
	switch {
	case name != "" && address != "":
		return "", core.NewError(core.Invalid, "an endpoint has a name, in the path, or an address, in the query, and not both")
	case name != "":
		return name, nil
	case address == "":
		return "", core.NewError(core.Invalid, "which endpoint? Its name stands in the path, or its address in the query, as in ?address=tcp://10.0.0.5:5556")
	}
	ep, err := core.ParseAddress(address)
	return ep.String(), err
}

// Query is the parameters of a request.
type Query url.Values

// ParseQuery reads those that a request takes. What nobody knows is a mistake: a misspelt topic would be a subscription to everything.
func ParseQuery(text string, takes []string) (Query, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, core.NewError(core.Invalid, "the query of the URL cannot be read")
	}
	for name, given := range values {
		switch {
		case !slices.Contains(takes, name):
			return nil, core.NewError(core.Invalid, "unknown parameter "+strconv.Quote(clip(name))+"; known are: "+strings.Join(takes, ", "))
		case name != "topic" && len(given) > 1:
			return nil, core.NewError(core.Invalid, "the parameter "+name+" is there twice")
		}
	}
	return Query(values), nil
}

// Text is a parameter as it is; "": it is not there.
func (q Query) Text(name string) string { return url.Values(q).Get(name) }

// Timeout is how long a request may take, where it says so.
func (q Query) Timeout(otherwise time.Duration) (time.Duration, error) {
	text := q.Text("timeout")
	if text == "" {
		return otherwise, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 {
		return 0, core.NewError(core.Invalid, "timeout is written as 500ms, 5s or 2m")
	}
	return timeout, nil
}

// InParts tells whether messages are written as lists of parts.
func (q Query) InParts() (bool, error) {
	switch q.Text("parts") {
	case "":
		return false, nil
	case "json":
		return true, nil
	}
	return false, core.NewError(core.Invalid, "parts is json, or left out")
}

// Params are what the rules may want to know: a JSON object, or nil.
func (q Query) Params() ([]byte, error) {
	text := q.Text("params")
	if text != "" && (!json.Valid([]byte(text)) || strings.TrimSpace(text)[0] != '{') {
		return nil, core.NewError(core.Invalid, "params is a JSON object")
	}
	return []byte(text), nil
}

// interval is the least time between two messages, of a rate as in 20/s.
func (q Query) interval() (time.Duration, error) {
	text := q.Text("rate")
	if text == "" {
		return 0, nil
	}
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate > 0) || rate > 1e6 || rate < 1e-4 {
		return 0, core.NewError(core.Invalid, "rate is a number of messages per second, as in 20/s")
	}
	return time.Duration(float64(time.Second) / rate), nil
}

// clip shortens what a request says before it is told to somebody.
func clip(text string) string {
	const most = 80
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
