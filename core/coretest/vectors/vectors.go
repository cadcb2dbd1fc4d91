package vectors

import (
	"bytes"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Vectors is frames.json.
type Vectors struct {
	About  []string
	Frames []struct {
		Name       string
		DecodeOnly bool
		Hex        octets
		Frame      Frame
	}
	Malformed []struct {
		Name, To, Phase string
		Hex             octets
		Close           core.CloseCode
	}
	Conversation []Exchange
}

// Exchange is one WebSocket message of the conversation, and the kinds of its frames.
type Exchange struct {
	From   string
	Frames []string
	Hex    octets
}

// Frame is a frame with the names that core.Frame has for its fields.
type Frame struct {
	Kind                                                                                 string
	Version, Flags, Limit, Millis, Retain, Seq, Offset, Socket, ID, Type, Code, Messages number
	Bytes                                                                                number
	Name, Text, Params                                                                   blob
	Parts                                                                                []blob
}

// octets are bytes that are written in hex.
type octets []byte

func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.DecodeString(string(text))
	return err
}

// blob is bytes that are written as a string or as {"hex": "…"}.
type blob []byte

func (b *blob) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		var s string
		err := json.Unmarshal(text, &s)
		*b = blob(s)
		return err
	}
	var o struct{ Hex octets }
	err := json.Unmarshal(text, &o)
	*b = blob(o.Hex)
	return err
}

// number may be written as a string, for JavaScript.
type number uint64

func (n *number) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(bytes.Trim(text, `"`), (*uint64)(n))
}

//go:embed frames.json
var text []byte

// Load reads the vectors.
func Load(t testing.TB) Vectors {
	t.Helper()
	var v Vectors
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// Of is the frame itself.
func (v Frame) Of(t *testing.T) core.Frame {
	t.Helper()
	f := core.Frame{Kind: kindNamed(t, v.Kind), Version: uint64(v.Version), Flags: uint64(v.Flags), Limit: uint64(v.Limit),
		Millis: uint64(v.Millis), Retain: uint64(v.Retain), Seq: uint64(v.Seq), Offset: uint64(v.Offset), Socket: uint32(v.Socket), ID: uint64(v.ID),
		Type: core.SocketType(v.Type), Code: core.Code(v.Code), Messages: uint64(v.Messages), Bytes: uint64(v.Bytes),
		Name: v.Name, Text: v.Text, Params: v.Params}
	for _, p := range v.Parts {
		f.Parts = append(f.Parts, p)
	}
	return f
}

func kindNamed(t *testing.T, name string) core.Kind {
	t.Helper()
	for kind := range core.Kind(255) {
		if kind.String() == name {
			return kind
		}
	}
	t.Fatalf("no kind is called %q", name)
	return 0
}

// Kinds are the kinds of the frames in a WebSocket message.
func Kinds(t testing.TB, batch []byte) (names []string) {
	t.Helper()
	for len(batch) > 0 {
		kind, _, rest, err := core.SplitFrame(batch)
		if err != nil {
			t.Fatal(err)
		}
		names, batch = append(names, kind.String()), rest
	}
	return names
}
