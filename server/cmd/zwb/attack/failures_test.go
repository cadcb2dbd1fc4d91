package attack

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestFailuresTellNothing: when what decides fails, or a backend is away, who asks is told that much. What the failure says, where the
// service and the keys and the backend are, stays here.
func TestFailuresTellNothing(t *testing.T) {
	t.Parallel()
	const traceback = "Traceback (most recent call last): planted-traceback"
	service := answering(t, func(in *gateway.Incoming) {
		switch question := string(in.Message[0]); {
		case strings.Contains(question, "silence"):
		case strings.Contains(question, "traceback"):
			in.Reply(core.Message{[]byte(traceback)})
		case strings.Contains(question, "several-lines"):
			in.Reply(core.Message{asJSON(map[string]any{"allow": false, "reason": traceback + "\n  File planted"})})
		case strings.Contains(question, "long"):
			in.Reply(core.Message{asJSON(map[string]any{"allow": false, "reason": strings.Repeat("planted ", 1000)})})
		case strings.Contains(question, "number"):
			in.Reply(core.Message{[]byte(`{"allow":"planted"}`)})
		default:
			in.Reply(core.Message{[]byte(`{"allow":true,"user":"alice"}`)})
		}
	})
	away, keys := freeAddress(t), freeAddress(t)
	b := start(t, fmt.Sprintf("users:\n  - jwt: {jwks: 'http://%s/planted', algorithms: [RS256], issuer: planted-issuer}\n  - zmq: {address: %q, timeout: 300ms, cache: 0s}\n"+
		"endpoints:\n  calc: {type: [REQ, SUB, PUSH], address: %q}\n", strings.TrimPrefix(keys, "tcp://"), service, away), nil)
	var told []string
	for _, token := range []string{"silence", "traceback", "several-lines", "long", "number", forge(map[string]any{"alg": "RS256", "kid": "1"},
		map[string]any{"iss": "planted-issuer", "sub": "eve", "exp": 1 << 40}, func([]byte) []byte { return make([]byte, 256) })} {
		_, _, err := b.door().Enter(credentials(token))
		if err == nil {
			t.Fatalf("%s is let in", token)
		}
		resp, text := ask(t, "POST", "http://"+b.address+"/req/calc", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) })
		if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %s", token, resp.Status)
		}
		told = append(told, err.Error(), text, fmt.Sprint(resp.Header))
	}
	alice := b.enter("of alice")
	for n, word := range []string{"", "silence", "traceback", "several-lines", "long", "number"} {
		socket := uint32(n + 1)
		alice.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.SUB, Text: []byte("calc"), Params: asJSON(map[string]any{"say": word})})
		f := alice.Hear(core.KindRefused, core.KindState)
		for f != nil && f.Socket != socket {
			f = alice.Hear(core.KindRefused, core.KindState)
		}
		if f == nil || (f.Kind == core.KindRefused) != (word != "") {
			t.Fatalf("%q: %+v, %v", word, f, alice.End())
		}
		told = append(told, string(f.Text))
	}
	alice.Say(core.Frame{Kind: core.KindOpen, Socket: 9, ID: 1, Type: core.REQ, Text: []byte("calc")},
		core.Frame{Kind: core.KindRequest, Socket: 9, ID: 1, Millis: 300, Parts: core.Message{[]byte("x")}})
	f := alice.Hear(core.KindFailed)
	if f == nil {
		t.Fatal("nothing is said of a request for a backend that is away: ", alice.End())
	}
	told = append(told, string(f.Text))
	resp, text := ask(t, "POST", "http://"+b.address+"/req/calc?timeout=300ms", func(r *http.Request) {
		r.Header.Set("Authorization", "Bearer of-alice")
		r.Body = io.NopCloser(strings.NewReader("x"))
	})
	told = append(told, text, fmt.Sprint(resp.Header))
	for _, text := range told {
		for _, word := range []string{"planted", "Traceback", "127.0.0.1", "dial", "json:", ".go:", b.dir} {
			if strings.Contains(strings.ReplaceAll(text, b.address, ""), word) {
				t.Errorf("%s is told: %.300q", word, text)
			}
		}
	}
	if alice.Say(core.Frame{Kind: core.KindPing, ID: 1}); alice.Hear(core.KindPong) == nil {
		t.Error("she is disconnected: ", alice.End())
	}
}
