package written

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Arguments are the parts of a message as somebody types them: each is a part in a form. @FILE is what is in a file, @- what comes
// on in, and @@ at the beginning stands for one @.
func Arguments(args []string, form Form, in io.Reader) (m core.Message, err error) {
	for _, arg := range args {
		part, err := argument(arg, form, in)
		if err != nil {
			return nil, err
		}
		m = append(m, part)
	}
	return m, nil
}

func argument(arg string, form Form, in io.Reader) ([]byte, error) {
	name, isFile := strings.CutPrefix(arg, "@")
	switch {
	case !isFile:
		return form.Parse(arg)
	case strings.HasPrefix(name, "@"):
		return form.Parse(name)
	case name == "-":
		return bounded(in, "what was piped in")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return bounded(file, name)
}

// bounded reads what may be a part of a message.
func bounded(r io.Reader, name string) ([]byte, error) {
	part, err := io.ReadAll(io.LimitReader(r, core.DefaultMaxMessage+1))
	if err == nil && len(part) > core.DefaultMaxMessage {
		err = core.NewError(core.TooLarge, fmt.Sprintf("%s is larger than a message may be, %d MiB", name, core.DefaultMaxMessage>>20))
	}
	return part, err
}

// Reader reads messages, one a line.
type Reader struct {
	lines *bufio.Scanner
	form  Form
	json  bool
	line  int
}

// NewReader reads lines that are one part each, or objects as a Printer writes them.
func NewReader(r io.Reader, form Form, objects bool) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 2*core.DefaultMaxMessage) // what is not ASCII takes more room in JSON
	return &Reader{lines: lines, form: form, json: objects}
}

// Next is the next message. The error io.EOF is the end.
func (r *Reader) Next() (core.Message, error) {
	for r.lines.Scan() {
		r.line++
		m, err := r.parse(r.lines.Bytes())
		if err != nil {
			return nil, core.NewError(core.Invalid, fmt.Sprintf("line %d: %s", r.line, err))
		}
		if m != nil {
			return m, nil
		}
	}
	if err := r.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, core.NewError(core.TooLarge, fmt.Sprintf("line %d is longer than a message may be", r.line+1))
	} else if err != nil {
		return nil, err
	}
	return nil, io.EOF
}

// parse is the message of a line, nil where it has none: that something was missing is passed over.
func (r *Reader) parse(text []byte) (core.Message, error) {
	if !r.json {
		part, err := r.form.Parse(string(text))
		return core.Message{part}, err
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	var object struct {
		Parts  []json.RawMessage
		Missed *uint64
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, errors.New(`it is no object, as in {"parts": ["text", {"base64": "AAEC"}]}`)
	}
	if object.Missed != nil && len(object.Parts) == 0 {
		return nil, nil
	}
	if len(object.Parts) == 0 {
		return nil, errors.New("it has no parts")
	}
	m := make(core.Message, len(object.Parts))
	for i, part := range object.Parts {
		var err error
		if m[i], err = r.part(part, i == 0 && len(m) > 1); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// part reads what Printer.values has written.
func (r *Reader) part(raw json.RawMessage, first bool) ([]byte, error) {
	var object binary
	if raw[0] == '{' && json.Unmarshal(raw, &object) == nil && object.Base64 != nil {
		return *object.Base64, nil
	}
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	switch {
	case isText && (first && r.form != Hex || r.form == Text):
		return []byte(text), nil
	case isText && r.form == Hex:
		return Hex.Parse(text)
	case r.form == JSON || r.form == Msgpack:
		return r.form.Parse(string(raw))
	}
	return nil, errors.New(`a part is a text, or {"base64": …}`)
}
