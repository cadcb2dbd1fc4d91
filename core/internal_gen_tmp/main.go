package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

type line struct{ name, json string; f core.Frame }

func b(s string) []byte { return []byte(s) }

func m(parts ...string) core.Message {
	out := core.Message{}
	for _, p := range parts { out = append(out, []byte(p)) }
	return out
}

func main() {
	long := make([]byte, 128)
	for i := range long { long[i] = 'a' }
	lines := []line{
		{"Hello", `"version": 1, "limit": 16782400, "text": "zmq.js/1.0", "params": "{\"token\":\"s3cret\"}"`, core.Frame{Kind: core.KindHello, Version: 1, Limit: 16782400, Text: b("zmq.js/1.0"), Params: b(`{"token":"s3cret"}`)}},
		{"Hello with nothing optional", `"version": 1, "limit": 136256`, core.Frame{Kind: core.KindHello, Version: 1, Limit: 136256}},
		{"Hello that resumes", `"version": 1, "limit": 136256, "seq": 300, "name": {"hex": "00ff10"}`, core.Frame{Kind: core.KindHello, Version: 1, Limit: 136256, Seq: 300, Name: b("\x00\xff\x10")}},
		{"Welcome", `"version": 1, "limit": 16782400, "millis": 15000, "text": "zwb/1.0"`, core.Frame{Kind: core.KindWelcome, Version: 1, Limit: 16782400, Millis: 15000, Text: b("zwb/1.0")}},
		{"Welcome to a resumed session", `"version": 1, "flags": 1, "limit": 136256, "millis": 15000, "retain": 60000, "seq": 129, "name": "token"`, core.Frame{Kind: core.KindWelcome, Version: 1, Flags: 1, Limit: 136256, Millis: 15000, Retain: 60000, Seq: 129, Name: b("token")}},
		{"Ack", `"seq": 129`, core.Frame{Kind: core.KindAck, Seq: 129}},
		{"Ping", `"id": 1`, core.Frame{Kind: core.KindPing, ID: 1}},
		{"Pong with the largest number", `"id": "18446744073709551615"`, core.Frame{Kind: core.KindPong, ID: 1<<64 - 1}},
		{"GoAway", `"millis": 5000, "text": "restarting"`, core.Frame{Kind: core.KindGoAway, Millis: 5000, Text: b("restarting")}},
		{"Open of a REQ", `"socket": 1, "id": 1, "type": 3, "messages": 1000, "bytes": 8388608, "text": "tcp://127.0.0.1:10001", "params": "{}"`, core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Messages: 1000, Bytes: 8388608, Text: b("tcp://127.0.0.1:10001"), Params: b("{}")}},
		{"Open of a second endpoint", `"socket": 2, "id": 2, "type": 2, "text": "ipc:///tmp/feed"`, core.Frame{Kind: core.KindOpen, Socket: 2, ID: 2, Type: core.SUB, Text: b("ipc:///tmp/feed")}},
		{"Open that binds a REP", `"socket": 4294967295, "id": 1, "type": 4, "flags": 1, "messages": 1000, "bytes": 8388608, "name": {"hex": "00c3bf"}, "text": "tcp://127.0.0.1:10003", "params": "{\"username\":\"hugo\"}"`, core.Frame{Kind: core.KindOpen, Socket: 4294967295, ID: 1, Type: core.REP, Flags: 1, Messages: 1000, Bytes: 8388608, Name: b("\x00\xc3\xbf"), Text: b("tcp://127.0.0.1:10003"), Params: b(`{"username":"hugo"}`)}},
		{"Opened", `"socket": 1, "id": 1`, core.Frame{Kind: core.KindOpened, Socket: 1, ID: 1}},
		{"Refused", `"socket": 1, "id": 1, "code": 3, "text": "not allowed"`, core.Frame{Kind: core.KindRefused, Socket: 1, ID: 1, Code: core.Denied, Text: b("not allowed")}},
		{"State: down", `"socket": 1, "id": 1, "code": 5, "text": "connection refused"`, core.Frame{Kind: core.KindState, Socket: 1, ID: 1, Code: core.Unavailable, Text: b("connection refused")}},
		{"State: up", `"socket": 1, "id": 1`, core.Frame{Kind: core.KindState, Socket: 1, ID: 1}},
		{"State with a code of a newer bridge", `"socket": 1, "id": 1, "code": 255`, core.Frame{Kind: core.KindState, Socket: 1, ID: 1, Code: 255}},
		{"Close", `"socket": 128`, core.Frame{Kind: core.KindClose, Socket: 128}},
		{"Closed", `"socket": 1, "code": 10, "text": "identity in use"`, core.Frame{Kind: core.KindClosed, Socket: 1, Code: core.Conflict, Text: b("identity in use")}},
		{"Subscribe", `"socket": 2, "id": 1, "name": "fx."`, core.Frame{Kind: core.KindSubscribe, Socket: 2, ID: 1, Name: b("fx.")}},
		{"Subscribe to everything", `"socket": 2, "id": 2`, core.Frame{Kind: core.KindSubscribe, Socket: 2, ID: 2}},
		{"Subscribed", `"socket": 2, "id": 1`, core.Frame{Kind: core.KindSubscribed, Socket: 2, ID: 1}},
		{"Unsubscribe", `"socket": 2, "id": 1`, core.Frame{Kind: core.KindUnsubscribe, Socket: 2, ID: 1}},
		{"Unsubscribed", `"socket": 2, "id": 1, "code": 8, "text": "too many subscriptions"`, core.Frame{Kind: core.KindUnsubscribed, Socket: 2, ID: 1, Code: core.Busy, Text: b("too many subscriptions")}},
		{"Message", `"socket": 2, "parts": ["time", "12:00:00"]`, core.Frame{Kind: core.KindMessage, Socket: 2, Parts: m("time", "12:00:00")}},
		{"Message of one empty part", `"socket": 2, "parts": [""]`, core.Frame{Kind: core.KindMessage, Socket: 2, Parts: m("")}},
		{"Message of empty parts", `"socket": 2, "parts": ["", "", ""]`, core.Frame{Kind: core.KindMessage, Socket: 2, Parts: m("", "", "")}},
		{"Message of bytes that are no text", `"socket": 2, "parts": [{"hex": "00ff"}, "", {"hex": "80"}]`, core.Frame{Kind: core.KindMessage, Socket: 2, Parts: m("\x00\xff", "", "\x80")}},
		{"Message with a length of two bytes", `"socket": 2, "parts": ["`+string(long)+`", "b"]`, core.Frame{Kind: core.KindMessage, Socket: 2, Parts: m(string(long), "b")}},
		{"Request", `"socket": 1, "id": 1, "millis": 30000, "parts": ["hello"]`, core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Millis: 30000, Parts: m("hello")}},
		{"Request that is idempotent, with the bridge's timeout", `"socket": 1, "id": 16384, "flags": 1, "parts": ["grüße", "😀"]`, core.Frame{Kind: core.KindRequest, Socket: 1, ID: 16384, Flags: 1, Parts: m("grüße", "😀")}},
		{"Reply", `"socket": 1, "id": 1, "parts": ["world"]`, core.Frame{Kind: core.KindReply, Socket: 1, ID: 1, Parts: m("world")}},
		{"Failed", `"socket": 1, "id": 1, "code": 6, "text": "no answer in time"`, core.Frame{Kind: core.KindFailed, Socket: 1, ID: 1, Code: core.Timeout, Text: b("no answer in time")}},
		{"Cancel", `"socket": 1, "id": 127`, core.Frame{Kind: core.KindCancel, Socket: 1, ID: 127}},
		{"Credit", `"socket": 2, "messages": 500, "bytes": 65536`, core.Frame{Kind: core.KindCredit, Socket: 2, Messages: 500, Bytes: 65536}},
		{"Gap", `"socket": 2, "messages": 12, "code": 8`, core.Frame{Kind: core.KindGap, Socket: 2, Messages: 12, Code: core.Busy}},
		{"Gap of one subscription, of unknown size", `"socket": 2, "id": 1, "code": 5`, core.Frame{Kind: core.KindGap, Socket: 2, ID: 1, Code: core.Unavailable}},
	}
	for _, l := range lines {
		fmt.Printf("    {\"name\": %q, \"hex\": \"%s\",\n     \"frame\": {\"kind\": %q, %s}},\n", l.name, hex.EncodeToString(core.AppendFrame(nil, &l.f)), l.f.Kind, l.json)
	}
	conversation()
}

func conversation() {
	fmt.Println("---- conversation")
	now := time.Duration(0)
	c := core.NewClient(core.ClientConfig{Agent: "demo"}, func(*core.Event) {})
	s := core.NewSession(core.SessionConfig{Bridge: true, Agent: "zwb"}, 0)
	up := func() { bb := c.Take(nil, now); fmt.Println("client", hex.EncodeToString(bb)); if err := s.Feed(bb, now, func(f *core.Frame) error { if f.Kind == core.KindHello { s.Welcome() }; fmt.Println("   ", f.Kind); return nil }); err != nil { panic(err) } }
	down := func() { bb := s.Take(nil, now); fmt.Println("bridge", hex.EncodeToString(bb)); if err := c.Feed(bb, now); err != nil { panic(err) } }
	c.Start(0); up(); down()
	req, _ := c.NewSocket(core.REQ, nil)
	c.Connect(req, "tcp://127.0.0.1:10001", []byte("{}"))
	c.Request(req, m("hello"), core.RequestOptions{}, now)
	up()
	_ = down
}
