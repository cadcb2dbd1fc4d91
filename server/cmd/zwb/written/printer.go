package written

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Printer writes what has come. The zero value but for W writes text for people.
type Printer struct {
	W     io.Writer
	Form  Form
	Lines bool // one JSON object a line, for programs
	Tidy  bool // W is a terminal: nothing moves its cursor, and long parts are cut
}

// longest is how many characters of a part a terminal shows.
const longest = 500

// Message writes a message. At is when it came; zero: that does not matter.
func (p *Printer) Message(m core.Message, at time.Time) error {
	if p.Lines {
		return p.Object(line{At: stamp(at), Parts: p.Values(m)})
	}
	texts := make([]string, len(m))
	for i, part := range m {
		texts[i] = p.text(part)
	}
	_, err := io.WriteString(p.W, strings.Join(texts, "\t")+"\n")
	return err
}

// Missing writes that messages are missing here; 0: nobody knows how many.
func (p *Printer) Missing(n uint64, code core.Code) error { return p.MissingFor(n, code.String()) }

// MissingFor is Missing with a reason that somebody else has written.
func (p *Printer) MissingFor(n uint64, code string) error {
	if p.Lines {
		return p.Object(missing{n, code})
	}
	count := "an unknown number of"
	if n > 0 {
		count = strconv.FormatUint(n, 10)
	}
	_, err := io.WriteString(p.W, "-- "+count+" missing ("+visible(code)+")\n")
	return err
}

// Note writes what is no message: a line for people, or an object.
func (p *Printer) Note(text string, object any) error {
	if p.Lines {
		return p.Object(object)
	}
	_, err := io.WriteString(p.W, "-- "+visible(text)+"\n")
	return err
}

// Object writes a line of JSON.
func (p *Printer) Object(v any) error {
	e := json.NewEncoder(p.W)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// line is a message.
type line struct {
	At    string `json:"at,omitempty"` // RFC 3339
	Parts []any  `json:"parts"`
}

// missing is a gap, as it is over HTTP.
type missing struct {
	Missed uint64 `json:"missed"`
	Code   string `json:"code"`
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// Values are the parts of a message as values of JSON. Of several the first is a topic or an address, and text if it can be.
func (p *Printer) Values(m core.Message) []any {
	values := make([]any, len(m))
	for i, part := range m {
		if i == 0 && len(m) > 1 && p.Form != Hex {
			values[i] = plain(part)
			continue
		}
		values[i] = p.Form.value(part)
	}
	return values
}

// text is a part for people, and the bytes as they are where nobody looks.
func (p *Printer) text(part []byte) string {
	text := p.shown(part)
	if !p.Tidy {
		return text
	}
	if utf8.RuneCountInString(text) > longest {
		text = string([]rune(text)[:longest]) + "… (" + strconv.Itoa(len(part)) + " bytes)"
	}
	return visible(text)
}

func (p *Printer) shown(part []byte) string {
	switch p.Form {
	case Hex:
		return hex.EncodeToString(part)
	case JSON:
		var out bytes.Buffer
		if json.Compact(&out, part) == nil {
			return out.String()
		}
	case Msgpack:
		if text, ok := fromMsgpack(part); ok && len(part) > 0 {
			return string(text)
		}
	}
	if p.Tidy && !utf8.Valid(part) {
		return "0x" + hex.EncodeToString(part)
	}
	return string(part)
}

// visible writes what a terminal would act upon as what it is.
func visible(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
	}
	return b.String()
}

// Line is a text of somebody else, fit for one line of W.
func (p *Printer) Line(text string) string { return visible(text) }
