package core_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// vectors is testdata/frames.json, the wire of zwb.v1 for every implementation.
type vectors struct {
	About  []string
	Frames []struct {
		Name       string
		DecodeOnly bool
		Hex        octets
		Frame      vectorFrame
	}
	Malformed []struct {
		Name, To, Phase string
		Hex             octets
		Close           core.CloseCode
	}
	Conversation []exchange
}

// exchange is one WebSocket message of the conversation, and the kinds of its frames.
type exchange struct {
	From   string
	Frames []string
	Hex    octets
}

type vectorFrame struct {
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

func loadVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/frames.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v vectorFrame) frame(t *testing.T) core.Frame {
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

func TestVectors(t *testing.T) {
	v := loadVectors(t)
	covered := map[core.Kind]bool{}
	for _, tt := range v.Frames {
		t.Run(tt.Name, func(t *testing.T) {
			want := tt.Frame.frame(t)
			if !tt.DecodeOnly {
				covered[want.Kind] = true
				if wire := core.AppendFrame(nil, &want); !bytes.Equal(wire, tt.Hex) {
					t.Errorf("encoded\n     %x\nwant %x", wire, tt.Hex)
				}
			}
			var got core.Frame
			rest, err := core.ParseFrame(tt.Hex, &got)
			if err != nil || len(rest) > 0 {
				t.Fatalf("parsed with %d bytes left: %v", len(rest), err)
			}
			checkSameFrame(t, got, want)
		})
	}
	for kind := range core.Kind(255) {
		if kind.Known() && !covered[kind] {
			t.Errorf("no vector for %v", kind)
		}
	}
}

func checkSameFrame(t *testing.T, got, want core.Frame) {
	t.Helper()
	if want.Parts != nil {
		parts, err := got.Body.Parts(nil)
		if err != nil || !slices.EqualFunc(parts, want.Parts, bytes.Equal) {
			t.Errorf("parts %q, %v; want %q", parts, err, want.Parts)
		}
	}
	for _, b := range [][2][]byte{{got.Name, want.Name}, {got.Text, want.Text}, {got.Params, want.Params}} {
		if !bytes.Equal(b[0], b[1]) {
			t.Errorf("field %q, want %q", b[0], b[1])
		}
	}
	type numbers struct {
		kind                                                                    core.Kind
		typ                                                                     core.SocketType
		code                                                                    core.Code
		socket                                                                  uint32
		version, flags, limit, millis, retain, seq, offset, id, messages, bytes uint64
	}
	of := func(f core.Frame) numbers {
		return numbers{f.Kind, f.Type, f.Code, f.Socket, f.Version, f.Flags, f.Limit, f.Millis, f.Retain, f.Seq, f.Offset, f.ID, f.Messages, f.Bytes}
	}
	if of(got) != of(want) {
		t.Errorf("numbers %+v, want %+v", of(got), of(want))
	}
}

func TestMalformedVectors(t *testing.T) {
	for _, tt := range loadVectors(t).Malformed {
		t.Run(tt.To+", "+tt.Phase+": "+tt.Name, func(t *testing.T) {
			w := newWorld(t, core.ClientConfig{})
			w.dial(core.SessionConfig{})
			if tt.Phase == "open" {
				w.pump()
				w.socket(core.REQ)
				w.socket(core.SUB)
			}
			w.quiet()
			if tt.To == "client" {
				wantClose(t, w.client.Feed(tt.Hex, w.now), tt.Close)
			} else {
				wantClose(t, w.bridge.Feed(tt.Hex, w.now, func(*core.Frame) error { return nil }), tt.Close)
			}
			w.wantEvents()
		})
	}
}

// The engine sends the conversation of PROTOCOL.md, section 15, byte for byte.
func TestConversation(t *testing.T) {
	w := newWorld(t, core.ClientConfig{Agent: "demo", Without: everything})
	var got []exchange
	up := func() {
		batch := w.client.Take(nil, w.now)
		got = append(got, exchange{"client", kindsOf(t, batch), batch})
		w.ok(w.bridge.Feed(batch, w.now, w.receive))
	}
	down := func(frames ...core.Frame) {
		for i := range frames {
			w.ok(w.bridge.Append(&frames[i]))
		}
		batch := w.bridge.Take(nil, w.now)
		got = append(got, exchange{"bridge", kindsOf(t, batch), batch})
		w.ok(w.client.Feed(batch, w.now))
	}
	connect := func(typ core.SocketType, address string) uint32 {
		id := w.newSocket(typ)
		_, err := w.client.Connect(id, address, []byte("{}"))
		w.ok(err)
		return id
	}

	w.dial(core.SessionConfig{Agent: "zwb", Without: everything})
	up()
	down()
	req := connect(core.REQ, "tcp://127.0.0.1:10001")
	w.request(req, "hello")
	up()
	down(core.Frame{Kind: core.KindOpened, Socket: req, ID: 1}, core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("world")})
	sub := connect(core.SUB, "tcp://127.0.0.1:10002")
	w.subscribe(sub, "time")
	up()
	down(core.Frame{Kind: core.KindOpened, Socket: sub, ID: 1}, core.Frame{Kind: core.KindSubscribed, Socket: sub, ID: 1})
	down(core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("time", "12:00:00")},
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("time", "12:00:01")})
	down(core.Frame{Kind: core.KindState, Socket: req, ID: 1, Code: core.Unavailable, Text: []byte("connection refused")})
	w.request(req, "still there?")
	up()
	down(core.Frame{Kind: core.KindFailed, Socket: req, ID: 2, Code: core.Unavailable, Text: []byte("connection refused")})
	w.now += 15 * time.Second
	w.ok(w.bridge.Tick(w.now))
	down()
	up()
	w.client.CloseSocket(sub)
	up()
	w.wantEvents("ready", "opened 1/1", "reply 1/1 world", "opened 2/1", "subscribed 2/1", "message 2 time|12:00:00",
		"message 2 time|12:00:01", "down 1/1 unavailable*", "failed 1/2 unavailable*")

	want := loadVectors(t).Conversation
	if !slices.EqualFunc(got, want, func(a, b exchange) bool {
		return a.From == b.From && slices.Equal(a.Frames, b.Frames) && bytes.Equal(a.Hex, b.Hex)
	}) {
		t.Errorf("the conversation is\n%s", conversationJSON(got))
	}
}

// conversationJSON is the conversation in the form of testdata/frames.json.
func conversationJSON(c []exchange) string {
	var b strings.Builder
	for i, e := range c {
		kinds, _ := json.Marshal(e.Frames) // strings always marshal
		b.WriteString(`    {"from": "` + e.From + `", "frames": ` + string(kinds) + `, "hex": "` + hex.EncodeToString(e.Hex) + `"}`)
		if i < len(c)-1 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func kindsOf(t *testing.T, batch []byte) (kinds []string) {
	t.Helper()
	for len(batch) > 0 {
		kind, _, rest, err := core.SplitFrame(batch)
		if err != nil {
			t.Fatal(err)
		}
		kinds, batch = append(kinds, kind.String()), rest
	}
	return kinds
}
