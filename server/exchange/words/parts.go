package words

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A message as JSON is a list of its parts. A part that is text is a string; any other is an object with its bytes:
//
//	["fx.EURUSD", {"base64": "AAECAw=="}]

// binaryPart is a part that is no text.
type binaryPart struct {
	Base64 *string `json:"base64"`
}

// errParts is what is wrong with a body that should be a list of parts.
var errParts = core.NewError(core.Invalid, `with parts=json a body is a list of parts, as in ["text", {"base64": "AAEC"}]`)

// ErrManyParts is what is wrong with a message that has more parts than it may.
var ErrManyParts = core.NewError(core.TooLarge, "a message has at most "+strconv.Itoa(core.MaxParts)+" parts")

// ParseParts reads a message. It does not read on where there are too many parts.
func ParseParts(body []byte) (m core.Message, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if first, err := d.Token(); err != nil || first != json.Delim('[') {
		return nil, errParts
	}
	for d.More() {
		if len(m) == core.MaxParts {
			return nil, ErrManyParts
		}
		part, err := parsePart(d)
		if err != nil {
			return nil, errParts
		}
		m = append(m, part)
	}
	if last, err := d.Token(); err != nil || last != json.Delim(']') || len(m) == 0 {
		return nil, errParts
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errParts
	}
	return m, nil
}

func parsePart(d *json.Decoder) ([]byte, error) {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	if raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		return []byte(text), err
	}
	var binary binaryPart
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&binary); err != nil || binary.Base64 == nil {
		return nil, errParts
	}
	return base64.StdEncoding.DecodeString(*binary.Base64)
}

// Writer writes JSON, one value after the other, with nothing between them.
type Writer struct {
	bytes.Buffer
	encoder *json.Encoder
}

// NewWriter makes a Writer, in which nothing is.
func NewWriter() *Writer {
	w := &Writer{}
	w.encoder = json.NewEncoder(&w.Buffer)
	w.encoder.SetEscapeHTML(false)
	return w
}

// Value writes what can always be written.
func (w *Writer) Value(v any) {
	if w.encoder.Encode(v) == nil {
		w.Truncate(w.Len() - 1) // the encoder ends a line
	}
}

// Parts writes a message. As json, or as msgpack, parts that are that are what they say, except the first of several, which is a topic.
func (w *Writer) Parts(m core.Message, as string) {
	embed := map[string]func([]byte) bool{"json": w.embed, "msgpack": w.unpack}[as]
	w.WriteByte('[')
	for i, part := range m {
		if i > 0 {
			w.WriteByte(',')
		}
		if embed == nil || i == 0 && len(m) > 1 || !embed(part) {
			w.Part(part)
		}
	}
	w.WriteByte(']')
}

// AppendParts appends a message as a list of parts. With embed, parts that are JSON are what they say.
func AppendParts(dst []byte, m core.Message, embed bool) []byte {
	w, as := NewWriter(), ""
	if embed {
		as = "json"
	}
	w.Parts(m, as)
	return append(dst, w.Bytes()...)
}

// embed writes a part that is JSON, in one line, and tells whether it is.
func (w *Writer) embed(part []byte) bool {
	before := w.Len()
	if !utf8.Valid(part) || json.Compact(&w.Buffer, part) != nil {
		w.Truncate(before)
		return false
	}
	return true
}

// Part writes a part as text, or else as an object with its bytes.
func (w *Writer) Part(part []byte) {
	if utf8.Valid(part) {
		w.Value(string(part))
		return
	}
	w.WriteString(`{"base64":"`)
	encoder := base64.NewEncoder(base64.StdEncoding, &w.Buffer)
	encoder.Write(part)
	encoder.Close()
	w.WriteString(`"}`)
}

// AsText is a part as text, or its bytes in base64.
func AsText(part []byte) (text string, binary bool) {
	if utf8.Valid(part) {
		return string(part), false
	}
	return base64.StdEncoding.EncodeToString(part), true
}

// PutFirst writes something in front of all that is written.
func (w *Writer) PutFirst(text string) {
	rest := bytes.Clone(w.Bytes())
	w.Reset()
	w.WriteString(text)
	w.Write(rest)
}

// mostKept is how large a buffer may be that is kept for what is written next.
const mostKept = 64 << 10

// Take returns what was written, and begins anew. A large buffer is not kept.
func (w *Writer) Take() []byte {
	b := w.Bytes()
	if w.Cap() > mostKept {
		w.Buffer = bytes.Buffer{}
	} else {
		w.Reset()
	}
	return b
}
