package exchange

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// target is what a request is about.
type target struct {
	endpoint string // its name, or its address in canonical form
	function string // that is called there
	query    query
	params   []byte        // for the bridge's authorization: a JSON object, or nil
	asker    *http.Request // says who asks: the request itself, or the one that its ticket was made with
}

// parseTarget reads a path: /req/NAME, /rpc/NAME/FUNCTION. What is no name is nobody's, and is not looked for. A path without a
// name is /req, /rpc/FUNCTION: the query has an address then.
func parseTarget(path string) (op operation, to target, err error) {
	if path == describedAt {
		return description, target{}, nil
	}
	rest, absolute := strings.CutPrefix(path, "/")
	segments := strings.Split(rest, "/")
	op, known := operations[segments[0]]
	calls, names := segments[0] == "rpc", segments[1:]
	if calls && len(names) > 0 {
		to.function, names = names[len(names)-1], names[:len(names)-1]
	}
	if !absolute || !known || len(names) > 1 {
		return op, to, core.NewError(core.Invalid, "a path is /req/NAME, /push/NAME, /pub/NAME, /rpc/NAME/FUNCTION, /sub/NAME, /last/NAME or /ticket/NAME")
	}
	if len(names) == 1 && (names[0] != "" || calls) {
		if to.endpoint = names[0]; !core.IsEndpointName(to.endpoint) {
			return op, to, core.NewError(core.Invalid, "the name of an endpoint is a letter, and up to 63 letters, digits, or any of ._-")
		}
	}
	if calls && to.function == "" {
		return op, to, core.NewError(core.Invalid, "the path of a call is /rpc/NAME/FUNCTION")
	}
	return op, to, nil
}

// EndpointOf is what a request is for: what has this name, which the path has, or else the address of the query, in canonical form.
//
// An address stands in the query, and nowhere else, because that comes through every proxy as it is: in a path some of them make one
// slash of two, undo %2F, or refuse it.
func EndpointOf(name string, q Query) (endpoint string, err error) {
	address := q.text("address")
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

// query is the parameters of a request.
type query url.Values

// parseQuery reads them. What nobody knows is a mistake: a misspelt topic would be a subscription to everything.
func parseQuery(text string, takes []string) (query, error) {
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
	return query(values), nil
}

func (q query) text(name string) string { return url.Values(q).Get(name) }

// timeout is how long a request may take.
func (q query) timeout(otherwise time.Duration) (time.Duration, error) {
	text := q.text("timeout")
	if text == "" {
		return otherwise, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 {
		return 0, core.NewError(core.Invalid, "timeout is written as 500ms, 5s or 2m")
	}
	return timeout, nil
}

// wait is how long a message is waited for, and whether the request says so.
func (q query) wait() (wait time.Duration, said bool, err error) {
	text := q.text("wait")
	if text == "" {
		return lastTime, false, nil
	}
	if wait, err = time.ParseDuration(text); err != nil || wait <= 0 || wait > mostWaiting {
		return 0, false, core.NewError(core.Invalid, "wait is written as 500ms, 30s or 5m, which is the longest")
	}
	return wait, true, nil
}

// inParts tells whether messages are written as lists of parts.
func (q query) inParts() (bool, error) {
	switch q.text("parts") {
	case "":
		return false, nil
	case "json":
		return true, nil
	}
	return false, core.NewError(core.Invalid, "parts is json, or left out")
}

// params are what the rules may want to know: a JSON object.
func (q query) params() ([]byte, error) {
	text := q.text("params")
	if text != "" && (!json.Valid([]byte(text)) || strings.TrimSpace(text)[0] != '{') {
		return nil, core.NewError(core.Invalid, "params is a JSON object")
	}
	return []byte(text), nil
}

// interval is the least time between two messages, of a rate as in 20/s.
func (q query) interval() (time.Duration, error) {
	text := q.text("rate")
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
