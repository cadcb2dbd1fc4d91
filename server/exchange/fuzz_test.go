package exchange

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// FuzzMixed: what can be read has parts, within the bounds of a message.
func FuzzMixed(f *testing.F) {
	for _, text := range []string{"--x\r\n\r\na\r\n--x--\r\n", "--x\n\na\n--x--", "--x--", "--x\r\nA: b\r\n\r\n\r\n--x\r\n\r\n\r\n--x--", "", "--x\r\n"} {
		f.Add([]byte(text), "x")
	}
	f.Fuzz(func(t *testing.T, body []byte, boundary string) {
		m, err := parseMixed(body, boundary)
		if code := core.CodeOf(err); err != nil && code != core.Invalid && code != core.TooLarge {
			t.Fatalf("%q: %v", body, err)
		}
		if err == nil && (len(m) == 0 || len(m) > core.MaxParts || m.Size() > len(body)) {
			t.Fatalf("%d parts of %d bytes, of %d", len(m), m.Size(), len(body))
		}
	})
}

// FuzzEvents: an EventSource reads one event of a message, with the text of it, and nothing that the text says by itself.
func FuzzEvents(f *testing.F) {
	for _, text := range []string{"", "a", "a\nb", "\r\n\r\n", "x\n\nevent: gap\ndata: 1", "\rid: 7", "\x00\xff", "\ufeff"} {
		f.Add([]byte(text), "epoch")
	}
	f.Fuzz(func(t *testing.T, part []byte, epoch string) {
		if len(epoch) > core.MaxName {
			return
		}
		for _, as := range []string{"", "text", "json", "msgpack"} {
			e := &events{Writer: words.NewWriter(), as: as}
			e.message(core.Message{part}, core.Position{Epoch: epoch, Offset: 7})
			got := readEvents(e.String())
			if len(got) != 1 || got[0].kind != "" && got[0].kind != "binary" {
				t.Fatalf("%q is %q", part, got)
			}
			if as == "text" && utf8.Valid(part) {
				if want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(part)); got[0].data != want {
					t.Fatalf("%q is read as %q", part, got[0].data)
				}
			}
			if epoch == "" {
				continue
			}
			if at, err := words.ParsePosition(got[0].id); err != nil || at != (core.Position{Epoch: epoch, Offset: 7}) {
				t.Fatalf("the position %q is %v, %v", got[0].id, at, err)
			}
		}
	})
}

type readEvent struct{ kind, id, data string }

// readEvents reads a stream as https://html.spec.whatwg.org/#event-stream-interpretation says.
func readEvents(text string) (all []readEvent) {
	var e readEvent
	var lines []string
	for _, line := range strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if lines != nil {
				e.data = strings.Join(lines, "\n")
				all = append(all, e)
			}
			e, lines = readEvent{id: e.id}, nil
		case name == "event":
			e.kind = value
		case name == "id":
			e.id = value
		case name == "data":
			lines = append(lines, value)
		}
	}
	return all
}

// FuzzTarget: a path and a query lead to the name of an endpoint, or nowhere.
func FuzzTarget(f *testing.F) {
	for _, path := range []string{"/req/calc", "/rpc/calc/f", "/sub/../data", "/req/", "//req/calc", "/rpc/a/b/c", ""} {
		f.Add(path, "timeout=5s&topic=a&rate=20/s&since=1@x&params={}")
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		_, to, err := parseTarget(path)
		if err == nil && to.endpoint != "" && !core.IsEndpointName(to.endpoint) {
			t.Fatalf("%q leads to %q", path, to.endpoint)
		}
		if err == nil && !Serves(path) {
			t.Fatalf("%q is not known", path)
		}
		q, err := words.ParseQuery(text, operations["sub"].takes)
		if err != nil {
			return
		}
		if s, err := parseSubscription(q, httptest.NewRequest("GET", "/", nil)); err == nil && (len(s.topics) == 0 || s.options.Interval < 0 || !s.options.Overflow.Valid()) {
			t.Fatalf("%q: %+v", text, s)
		}
		if params, err := q.Params(); err == nil && len(params) > 0 && !json.Valid(params) {
			t.Fatalf("%q", params)
		}
	})
}

// FuzzCall: what a call is made of is a call, of this function and no other.
func FuzzCall(f *testing.F) {
	for _, body := range []string{"", "{}", `{"args":[1]}`, `{"args":null,"kwargs":null}`, `{"args":[]} {}`, `{"Args":[1],"funcname":"x"}`, `[1]`} {
		f.Add("add", []byte(body))
	}
	f.Fuzz(func(t *testing.T, function string, body []byte) {
		text, err := envelope(function, body)
		if err != nil {
			return
		}
		call, err := rpc.ParseCall(text)
		if err != nil || utf8.ValidString(function) && string(call.Func) != function {
			t.Fatalf("%q and %q are %s, %v", function, body, text, err)
		}
	})
}
