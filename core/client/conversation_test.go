package client_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/vectors"
)

func TestMalformedVectors(t *testing.T) {
	for _, tt := range vectors.Load(t).Malformed {
		t.Run(tt.To+", "+tt.Phase+": "+tt.Name, func(t *testing.T) {
			w := newWorld(t, client.Config{})
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
	w := newWorld(t, client.Config{Agent: "demo", Without: everything})
	var got []vectors.Exchange
	up := func() {
		batch := w.client.Take(nil, w.now)
		got = append(got, vectors.Exchange{From: "client", Frames: vectors.Kinds(t, batch), Hex: batch})
		w.ok(w.bridge.Feed(batch, w.now, w.receive))
	}
	down := func(frames ...core.Frame) {
		for i := range frames {
			w.ok(w.bridge.Append(&frames[i]))
		}
		batch := w.bridge.Take(nil, w.now)
		got = append(got, vectors.Exchange{From: "bridge", Frames: vectors.Kinds(t, batch), Hex: batch})
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

	want := vectors.Load(t).Conversation
	if !slices.EqualFunc(got, want, func(a, b vectors.Exchange) bool {
		return a.From == b.From && slices.Equal(a.Frames, b.Frames) && bytes.Equal(a.Hex, b.Hex)
	}) {
		t.Errorf("the conversation is\n%s", conversationJSON(got))
	}
}

// conversationJSON is the conversation in the form of coretest/vectors/frames.json.
func conversationJSON(c []vectors.Exchange) string {
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
