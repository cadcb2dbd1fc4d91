package words

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// FuzzParts: what can be read is written so that it is read the same, whatever bytes are in it, and in one line.
func FuzzParts(f *testing.F) {
	for _, text := range []string{`["a"]`, `["a",{"base64":"AP8="}]`, `[]`, `[1]`, `["a"`, `["a"]]`, `[{"base64":null}]`, `[{"base64":"?"}]`, `["\ud800"]`, `{"a":1}`, ``, "\x82\xa1a\x01\xa1b\xc4\x01\xff", "\x93\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00\x01\x02", "\xdd\xff\xff\xff\xff\x00", "\xc6\xff\xff\xff\xff", strings.Repeat("\x91", 1000), "\x81\xa3a\nb\xa3c\rd"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range []core.Message{parsed(t, body), {body}, {body, body}} {
			if len(m) == 0 {
				continue
			}
			w := NewWriter()
			w.Parts(m, "")
			again, err := ParseParts(w.Bytes())
			if err != nil || !slices.EqualFunc(again, m, bytes.Equal) {
				t.Fatalf("%q is written as %s, and read as %q, %v", m, w.Bytes(), again, err)
			}
			w.Take()
			for _, as := range []string{"json", "msgpack"} {
				w.Take()
				w.Parts(m, as)
				if line := w.Bytes(); !json.Valid(line) || bytes.ContainsAny(line, "\r\n") {
					t.Fatalf("%q is written as %q", m, line)
				}
			}
		}
	})
}

func parsed(t *testing.T, body []byte) core.Message {
	t.Helper()
	m, err := ParseParts(body)
	if code := core.CodeOf(err); err != nil && code != core.Invalid && code != core.TooLarge {
		t.Fatalf("%q: %v", body, err)
	}
	if len(m) > core.MaxParts {
		t.Fatalf("%d parts", len(m))
	}
	return m
}
