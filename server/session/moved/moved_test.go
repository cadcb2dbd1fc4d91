package moved

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// full is a session that has something of everything.
func full() *Session {
	body := core.EncodeBody(core.Message{[]byte("a"), []byte("1")})
	return &Session{
		ID: "0123456789abcdef", Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), HasUser: true, User: "ann", Origin: "https://app.example.org",
		Engine: Engine{MaxMessage: 1 << 20, Retain: time.Minute, Limit: 1 << 20, Shared: core.CanLinger, Received: 7, Acknowledged: 3,
			Frames: core.AppendFrame(nil, &core.Frame{Kind: core.KindSubscribed, Socket: 1, ID: 1})},
		LastSocket: 4,
		Sockets: []Socket{
			{Number: 1, Type: core.SUB, Opened: 3,
				Endpoints:     []Endpoint{{Number: 1, Address: "prices", Epoch: "e", Position: 9}, {Number: 3, Refused: core.Denied, Text: "no"}},
				Subscriptions: []Subscription{{Number: 1, Prefix: []byte("a"), Overflow: core.Conflate, Millis: 100}},
				Inbound: Inbound{Messages: 5, Bytes: -1, Waiting: []Waiting{{Lane: 1, Body: body, Size: 2, Endpoint: 1, Offset: 8, Missed: 2, Away: true, Absent: 4}},
					Tails: []Tail{{Lane: 1, Missed: 1}}}},
			{Number: 2, Type: core.PUSH, Opened: 1, Endpoints: []Endpoint{{Number: 1, Address: "tcp://127.0.0.1:1", Params: []byte(`{"a":1}`)}},
				Outbound: Outbound{Messages: 3, Bytes: 100, Waiting: [][]byte{body}, Numbers: []uint64{8}, Last: 9}},
			{Number: 4, Type: core.REQ, Identity: []byte("me"), Requests: []Request{{Number: 2, Idempotent: true, Millis: 10, Body: body}}},
		},
	}
}

// TestWrittenAndRead: what is written is what is read.
func TestWrittenAndRead(t *testing.T) {
	b, err := Write(full())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, full()) {
		t.Errorf("read %+v", s)
	}
}

// TestNotASession: what no bridge would have written is refused.
func TestNotASession(t *testing.T) {
	good, err := Write(full())
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(*Session)) string {
		s := full()
		change(s)
		b, err := Write(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for name, text := range map[string]string{
		"nothing":                      "",
		"another version":              strings.Replace(string(good), `"version":1`, `"version":2`, 1),
		"an unknown field":             strings.Replace(string(good), `"origin"`, `"more":1,"origin"`, 1),
		"something behind it":          string(good) + "{}",
		"half of it":                   string(good[:len(good)/2]),
		"no session":                   `{"version":1}`,
		"sockets out of order":         changed(func(s *Session) { s.Sockets[0].Number = 3 }),
		"a socket that was not there":  changed(func(s *Session) { s.LastSocket = 2 }),
		"an unknown type":              changed(func(s *Session) { s.Sockets[0].Type = 99 }),
		"endpoints out of order":       changed(func(s *Session) { s.Sockets[0].Endpoints[0].Number = 3 }),
		"an endpoint too many":         changed(func(s *Session) { s.Sockets[1].Opened = 0 }),
		"a lane of nothing":            changed(func(s *Session) { s.Sockets[0].Inbound.Waiting[0].Lane = 2 }),
		"a tail of nothing":            changed(func(s *Session) { s.Sockets[0].Inbound.Tails[0].Lane = 2 }),
		"no message":                   changed(func(s *Session) { s.Sockets[0].Inbound.Waiting[0].Body = []byte{200} }),
		"no message of the client":     changed(func(s *Session) { s.Sockets[1].Outbound.Waiting[0] = []byte{200} }),
		"a message without its number": changed(func(s *Session) { s.Sockets[1].Outbound.Numbers = nil }),
		"a message that never came":    changed(func(s *Session) { s.Sockets[1].Outbound.Numbers[0] = 10 }),
		"endless credit":               changed(func(s *Session) { s.Sockets[0].Inbound.Messages = 1 << 40 }),
		"a request without a number":   changed(func(s *Session) { s.Sockets[2].Requests[0].Number = 0 }),
		"a subscription twice": changed(func(s *Session) {
			s.Sockets[0].Subscriptions = append(s.Sockets[0].Subscriptions, s.Sockets[0].Subscriptions[0])
		}),
		"no limit": changed(func(s *Session) { s.Engine.MaxMessage = 0 }),
	} {
		if _, err := Read([]byte(text)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParcels: who has one of the tokens opens it, and nobody else; whatever is changed in it is noticed.
func TestParcels(t *testing.T) {
	mine, older := token.KeyOf([]byte("token")), token.KeyOf([]byte("older token"))
	parcel, err := Seal([]byte("the session"), []token.Key{older, mine})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []token.Key{mine, older} {
		if b, err := Open(parcel, k); err != nil || string(b) != "the session" {
			t.Errorf("opened %q, %v", b, err)
		}
	}
	if bytes.Contains(parcel, []byte("session")) {
		t.Error("it can be read")
	}
	onlyPlace := token.KeyOf([]byte("stolen"))
	onlyPlace.Place = mine.Place // as who has the store knows it
	for name, k := range map[string]token.Key{"another token": token.KeyOf([]byte("stolen")), "the place alone": onlyPlace} {
		if _, err := Open(parcel, k); core.CodeOf(err) != core.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := range parcel {
		changed := bytes.Clone(parcel)
		changed[i] ^= 1
		if b, err := Open(changed, mine); err == nil {
			t.Fatalf("byte %d was changed, and it opens: %q", i, b)
		}
		if b, err := Open(parcel[:i], mine); err == nil {
			t.Fatalf("it was cut at %d, and it opens: %q", i, b)
		}
	}
	if _, err := Seal(nil, make([]token.Key, MostTokens+1)); core.CodeOf(err) != core.Invalid {
		t.Errorf("too many tokens: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	b, err := Write(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":1,"session":{"engine":{"max_message":1},"sockets":[]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Read(b)
		if err != nil {
			return
		}
		again, err := Write(s)
		if err != nil {
			t.Fatal(err)
		}
		if other, err := Read(again); err != nil || !reflect.DeepEqual(other, s) {
			t.Errorf("written again it reads %+v, %v", other, err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	key := token.KeyOf([]byte("token"))
	parcel, err := Seal([]byte("the session"), []token.Key{key})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(parcel)
	f.Fuzz(func(t *testing.T, b []byte) {
		if plain, err := Open(b, key); err == nil && string(plain) != "the session" { // each process of the fuzzer has sealed a parcel of its own
			t.Errorf("it opens: %q", plain)
		}
	})
}
