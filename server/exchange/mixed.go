package exchange

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// mixed is the media type of a message whose parts are those of the body (RFC 2046, section 5.1).
const mixed = "multipart/mixed"

// boundaryOf is what separates the parts of a body; "": its type is another one.
func boundaryOf(r *http.Request) (boundary string, err error) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != mixed {
		return "", nil
	}
	if err != nil || parameters["boundary"] == "" {
		return "", errMixed
	}
	return parameters["boundary"], nil
}

var errMixed = core.NewError(core.Invalid, "the body is no "+mixed+" with the boundary that its Content-Type names")

// parseMixed reads a message. It does not read on where there are too many parts.
func parseMixed(body []byte, boundary string) (m core.Message, err error) {
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && len(m) > 0:
			return m, nil
		case err != nil:
			return nil, errMixed
		case len(m) == core.MaxParts:
			return nil, words.ErrManyParts
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, errMixed
		}
		m = append(m, content)
	}
}

// answerMixed answers with all parts of a message.
func answerMixed(w http.ResponseWriter, r *http.Request, m core.Message) {
	var out bytes.Buffer
	parts := multipart.NewWriter(&out)
	parts.SetBoundary(rand.Text()) // which no backend can know
	for _, part := range m {
		header := textproto.MIMEHeader{"Content-Type": {kindOf(part, r)}, "Content-Length": {strconv.Itoa(len(part))}}
		if content, err := parts.CreatePart(header); err == nil { // a buffer takes everything
			content.Write(part)
		}
	}
	parts.Close()
	answer(w, mixed+"; boundary="+parts.Boundary(), http.StatusOK, out.Bytes())
}
