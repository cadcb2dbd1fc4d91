package exchange

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// problem is an error as RFC 9457 has it, with the code that errors have everywhere in this project.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Code   string `json:"code"`
}

// statuses are those of the codes. server/README.md has the table.
var statuses = map[core.Code]int{
	core.Invalid:         http.StatusBadRequest,
	core.Unauthenticated: http.StatusUnauthorized,
	core.Denied:          http.StatusForbidden,
	core.Unsupported:     http.StatusNotImplemented,
	core.Unavailable:     http.StatusServiceUnavailable,
	core.Timeout:         http.StatusGatewayTimeout,
	core.Canceled:        499, // as nginx has it: nobody reads it, but it is in logs
	core.Busy:            http.StatusServiceUnavailable,
	core.TooLarge:        http.StatusRequestEntityTooLarge,
	core.Conflict:        http.StatusConflict,
	core.Lost:            http.StatusBadGateway,
	core.Closed:          http.StatusServiceUnavailable,
	core.Protocol:        http.StatusBadGateway,
	core.Failed:          http.StatusBadGateway,
	core.Internal:        http.StatusInternalServerError,
}

// retryAfter is when to try again what there was no room for, in seconds.
const retryAfter = 1

// Fail answers with an error, before there is any other answer.
func Fail(w http.ResponseWriter, err error) {
	e := asError(err)
	failAs(w, statuses[e.Code], e)
}

// failAs is Fail with a status that is not the one of the code.
func failAs(w http.ResponseWriter, status int, e *core.Error) {
	p := problem{Status: status, Detail: string(core.ClipText(e.Text)), Code: e.Code.String()}
	if p.Title = http.StatusText(p.Status); p.Title == "" {
		p.Title = "Client Closed Request"
	}
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	text, wrong := json.Marshal(p)
	if wrong != nil { // there is nothing in it that could not be written
		text = []byte("{}")
	}
	answer(w, "application/problem+json", p.Status, append(text, '\n'))
}

// asError is an error of this project, whatever it was.
func asError(err error) *core.Error {
	var closed *core.CloseError
	if errors.As(err, &closed) && closed.Close == core.CloseGoingAway {
		return core.NewError(core.Closed, closed.Reason)
	}
	if e, ok := core.AsError(err); ok && statuses[e.Code] != 0 {
		return e
	}
	return core.NewError(core.Internal, "the bridge failed to answer")
}

// answer is a whole answer.
func answer(w http.ResponseWriter, kind string, status int, body []byte) {
	control := http.NewResponseController(w)
	setWriteDeadline(control)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // who is not there any more is not told
}
