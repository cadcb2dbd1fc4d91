package attack

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestForgedCalls: what is written so that bridge and backend read different things is refused, or written anew; and a page does not
// speak to a backend as somebody else.
func TestForgedCalls(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []core.Message
	address := answering(t, func(in *gateway.Incoming) {
		mu.Lock()
		got = append(got, in.Message.Clone())
		mu.Unlock()
		in.Reply(core.Message{[]byte("1")})
	})
	b := start(t, withSecret+fmt.Sprintf(`endpoints:
  calc: {type: REQ, address: %[1]q, functions: [add]}
  json: {type: REQ, address: %[1]q, message: {max: 1KiB, json: true}}
  told: {type: REQ, address: %[2]q, caller: {key_file: hmac.key}}
`, address, answering(t, func(in *gateway.Incoming) {
		mu.Lock()
		got = append(got, in.Message.Clone())
		mu.Unlock()
		in.Reply(in.Message)
	})), map[string]string{"jwt.secret": secret, "hmac.key": strings.Repeat("k", 32)})
	v := b.enter(signed("mallory", nil))
	for n, endpoint := range []string{"calc", "json", "told"} {
		v.Open(uint32(n+1), core.REQ, 0, endpoint)
		if v.Hear(core.KindOpened) == nil {
			t.Fatalf("%s: %v", endpoint, v.End())
		}
	}
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for n, tt := range []struct {
		socket  uint32
		parts   []string
		answers bool
	}{
		{1, []string{`{"funcname":"add","args":[1],"kwargs":{}}`}, true},
		{1, []string{`{"funcname":"delete","args":[],"kwargs":{}}`}, false},
		{1, []string{`{"funcname":"add","args":[],"kwargs":{},"funcname":"delete"}`}, false},
		{1, []string{`{"funcname":"delete","args":[],"kwargs":{},"funcname":"add"}`}, true}, // as one call to add
		{1, []string{`{"FuncName":"delete","funcname":"add","args":[]}`}, true},             // likewise
		{1, []string{`{"FUNCNAME":"delete","args":[]}`}, false},
		{1, []string{`{"stream":"delete","credit":9}`}, false},
		{1, []string{`{"stream":"delete","credit":9,"funcname":"add"}`}, true}, // as one call to add
		{1, []string{`{"funcname":"add\u0000","args":[]}`}, false},
		{1, []string{`{"funcname":["add"],"args":[]}`}, false},
		{1, []string{`{"funcname":"add","args":[]}{"funcname":"delete","args":[]}`}, false},
		{1, []string{`{"funcname":"add","args":[]}`, `{"funcname":"delete","args":[]}`}, false},
		{1, []string{"", `{"funcname":"delete","args":[]}`}, false},
		{1, []string{`{"funcname":"add","args":` + deep + `}`}, false},
		{2, []string{`{"a":1}`}, true},
		{2, []string{`{"a":`}, false},
		{2, []string{"\xff\xfe{}"}, false},
		{2, []string{`"` + "\xc0\xaf" + `"`}, false},
		{2, []string{`1`, `2`}, false},
		{2, []string{deep}, false},
		{2, []string{`"` + strings.Repeat("x", 2000) + `"`}, false},
		{3, []string{`{"user":"alice"}`, "pay"}, true},
	} {
		var m core.Message
		for _, part := range tt.parts {
			m = append(m, []byte(part))
		}
		v.Say(core.Frame{Kind: core.KindRequest, Socket: tt.socket, ID: uint64(n + 1), Millis: 5000, Parts: m})
		f := v.Hear(core.KindReply, core.KindFailed)
		if f == nil || (f.Kind == core.KindReply) != tt.answers {
			t.Errorf("%.80q: %+v", tt.parts, f)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	backendSaw(t, got)
	strangerToBackend(t, b, v)
}

// backendSaw looks at what has come through.
func backendSaw(t *testing.T, got []core.Message) {
	t.Helper()
	for _, m := range got {
		if strings.Contains(string(m[0]), "delete") || strings.Contains(strings.ToLower(string(m[0])), `"delete"`) {
			t.Errorf("the backend is told %q", m)
		}
		if len(m) > 1 {
			var who struct{ User string }
			if err := json.Unmarshal(m[0], &who); err != nil || who.User != "mallory" {
				t.Errorf("the backend is told that this comes from %q: %v", m[0], err)
			}
			if len(m) != 4 { // who, the proof, and what mallory says
				t.Errorf("%q", m)
			}
		}
	}
}

// strangerToBackend: the backend that is told who calls is reached in no other way.
func strangerToBackend(t *testing.T, b *bridge, v *intruder.Intruder) {
	t.Helper()
	for n, typ := range []core.SocketType{core.DEALER, core.PUSH, core.PAIR, core.SUB} {
		v.Open(uint32(10+n), typ, 0, "told")
		if f := v.Hear(core.KindRefused, core.KindOpened); f == nil || f.Kind != core.KindRefused {
			t.Errorf("%v opens it: %+v", typ, f)
		}
	}
	v.Say(core.Frame{Kind: core.KindOpen, Socket: 3, ID: 2, Type: core.REQ, Text: []byte("calc")})
	if f := v.Hear(core.KindRefused, core.KindOpened); f == nil || f.Kind != core.KindRefused {
		t.Errorf("a socket that tells who calls has another endpoint: %+v", f)
	}
}
