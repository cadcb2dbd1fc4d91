package written

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Form is how a part of a message is written as text. It is a value for a flag.
type Form string

const (
	Text    Form = "text"
	Hex     Form = "hex"
	JSON    Form = "json"
	Msgpack Form = "msgpack" // on paper it is JSON
)

// String is part of pflag.Value.
func (f *Form) String() string { return string(*f) }

// Type is part of pflag.Value: what the help calls it.
func (f *Form) Type() string { return "form" }

// Set is part of pflag.Value.
func (f *Form) Set(name string) error {
	switch Form(name) {
	case Text, Hex, JSON, Msgpack:
		*f = Form(name)
		return nil
	}
	return errors.New("text, hex, json or msgpack")
}

// Parse is the part that a text stands for.
func (f Form) Parse(text string) ([]byte, error) {
	switch f {
	case Hex:
		part, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, wrong("%q is not hex: an even number of digits, as in 00ff", text)
		}
		return part, nil
	case JSON:
		if !json.Valid([]byte(text)) {
			return nil, wrong("%q is not JSON", text)
		}
	case Msgpack:
		return parseMsgpack(text)
	}
	return []byte(text), nil
}

func parseMsgpack(text string) ([]byte, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil || d.More() {
		return nil, wrong("%q is not JSON, of which MessagePack is made", text)
	}
	exact, err := numbers(value)
	if err != nil {
		return nil, err
	}
	return msgp.AppendIntf(nil, exact)
}

func wrong(format string, text string) error {
	return core.NewError(core.Invalid, fmt.Sprintf(format, text))
}

// numbers makes integers of numbers that are written as such. A float64, which encoding/json would make of them, has not all of the larger ones.
func numbers(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range v {
			if v[key], err = numbers(v[key]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func number(n json.Number) (any, error) {
	if i, err := n.Int64(); err == nil {
		return i, nil
	}
	var u uint64
	if json.Unmarshal([]byte(n), &u) == nil {
		return u, nil
	}
	return n.Float64()
}

// value is a part as a value of JSON: of what it says, as text, or else as its bytes.
func (f Form) value(part []byte) any {
	switch f {
	case Hex:
		return hex.EncodeToString(part)
	case JSON:
		if json.Valid(part) {
			return json.RawMessage(part)
		}
	case Msgpack:
		if text, ok := fromMsgpack(part); ok {
			return json.RawMessage(text)
		}
	}
	return plain(part)
}

// plain is a part as text, or an object with its bytes, as it is over HTTP (package exchange).
func plain(part []byte) any {
	if utf8.Valid(part) {
		return string(part)
	}
	return binary{Base64: &part}
}

// binary is a part that is no text.
type binary struct {
	Base64 *[]byte `json:"base64"`
}

// fromMsgpack is the JSON of a part that is one value of MessagePack.
func fromMsgpack(part []byte) (text []byte, ok bool) {
	var out bytes.Buffer
	rest, err := msgp.UnmarshalAsJSON(&out, part)
	if err != nil || len(rest) > 0 || !json.Valid(out.Bytes()) {
		return nil, false
	}
	return out.Bytes(), true
}
