package exchange

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// firstRead is how much memory a body is given before any of it is there.
const firstRead = 4 << 10

// body reads the body of a request, once it is known that the user may use the endpoint. What it takes is on the session's account as
// it grows: twice, because it is copied into what the bridge is sent.
func (h *Handler) body(w http.ResponseWriter, r *http.Request, v *visit) ([]byte, error) {
	control := http.NewResponseController(w)
	control.SetReadDeadline(time.Now().Add(bodyTime))
	most := h.cfg.MaxMessage()
	if r.ContentLength > int64(most) {
		return nil, errLarge
	}
	var b []byte
	defer func() { h.host.Read(r, len(b)) }()
	b = make([]byte, 0, min(max(r.ContentLength+1, 1), firstRead))
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		if err := v.conn.hold(2 * cap(b)); err != nil {
			return nil, err
		}
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > most:
			return nil, errLarge
		case errors.Is(err, io.EOF):
			control.SetReadDeadline(time.Time{}) // whether the client is still there is all that is read from here on
			return b, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, core.NewError(core.Timeout, "the body of the request did not come in time")
		case err != nil:
			return nil, core.NewError(core.Canceled, "the body of the request cannot be read")
		}
	}
}

var errLarge = core.NewError(core.TooLarge, "the body is larger than a message may be")

// message reads a message: the body is one part, or it is a list of parts, of one type or the other.
func (h *Handler) message(w http.ResponseWriter, r *http.Request, v *visit, inParts bool) (core.Message, error) {
	boundary, err := boundaryOf(r)
	if err != nil {
		return nil, err
	}
	body, err := h.body(w, r, v)
	switch {
	case err != nil:
		return nil, err
	case boundary != "":
		return parseMixed(body, boundary)
	case inParts:
		return words.ParseParts(body)
	}
	return core.Message{body}, nil
}
