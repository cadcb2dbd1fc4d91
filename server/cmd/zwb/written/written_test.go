package written

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestForms(t *testing.T) {
	tests := []struct {
		form  Form
		text  string
		part  string
		shown string // "" where it is text
		wrong bool
	}{
		{form: Text, text: "grün", part: "grün"},
		{form: Hex, text: "00 fF", part: "\x00\xff", shown: "00ff"},
		{form: Hex, text: "0", wrong: true},
		{form: JSON, text: `{"a": 1}`, part: `{"a": 1}`, shown: `{"a":1}`},
		{form: JSON, text: `{`, wrong: true},
		{form: Msgpack, text: `[1, -1, "a", null, 1.5]`, part: "\x95\x01\xff\xa1a\xc0\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00", shown: `[1,-1,"a",null,1.5]`},
		{form: Msgpack, text: "18446744073709551615", part: "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"},
		{form: Msgpack, text: "9007199254740993", part: "\xd3\x00\x20\x00\x00\x00\x00\x00\x01"},
		{form: Msgpack, text: "1 2", wrong: true},
	}
	for _, test := range tests {
		t.Run(string(test.form)+" "+test.text, func(t *testing.T) {
			part, err := test.form.Parse(test.text)
			if test.wrong {
				if err == nil {
					t.Errorf("it is %q", part)
				}
				return
			}
			var out bytes.Buffer
			p := Printer{W: &out, Form: test.form}
			if err := errors.Join(err, p.Message(core.Message{part}, time.Time{})); err != nil || string(part) != test.part {
				t.Fatalf("%q, %v", part, err)
			}
			if test.shown == "" {
				test.shown = test.text
			}
			if out.String() != test.shown+"\n" {
				t.Errorf("it shows %q", out.String())
			}
		})
	}
}

// TestTerminalsAreSafe: what somebody publishes moves no cursor, and floods nothing.
func TestTerminalsAreSafe(t *testing.T) {
	var out bytes.Buffer
	p := Printer{W: &out, Form: Text, Tidy: true}
	p.Message(core.Message{[]byte("a\x1b[2J\r\n\u202e"), []byte("\xff\x00"), bytes.Repeat([]byte("x"), 1<<20)}, time.Time{})
	want := `a\x1b[2J\r\n\u202e` + "\t0xff00\t" + strings.Repeat("x", longest) + "… (1048576 bytes)\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

func TestWrongLines(t *testing.T) {
	tests := map[string]string{
		"\n\n{":                     "line 3: it is no object",
		"{}":                        "line 1: it has no parts",
		`{"parts": [1]}`:            "line 1: a part is a text",
		`{"parts": ["a", {"b":1}]}`: "line 1: a part is a text",
		`{"missed": 3, "code": ""}`: "EOF", // what is missing cannot be sent
	}
	for text, want := range tests {
		if m, err := NewReader(strings.NewReader(text), Text, true).Next(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", text, m, err)
		}
	}
}

// FuzzLines: what is printed as a line of JSON is read as the same message, and reading anything else does no harm.
func FuzzLines(f *testing.F) {
	f.Add([]byte("topic"), []byte("\xff\x00"), `{"parts": ["a", {"base64": "AA=="}]}`)
	f.Add([]byte(""), []byte(`{"base64": "AA=="}`), "{\"parts\": [null]}\n[]")
	f.Fuzz(func(t *testing.T, first, second []byte, text string) {
		var out bytes.Buffer
		p := Printer{W: &out, Form: Text, Lines: true}
		sent := core.Message{first, second}
		if err := p.Message(sent, time.Unix(1, 2)); err != nil || !json.Valid(out.Bytes()) {
			t.Fatalf("%q: %v", out.Bytes(), err)
		}
		r := NewReader(&out, Text, true)
		got, err := r.Next()
		if err != nil || len(got) != 2 || !bytes.Equal(got[0], first) || !bytes.Equal(got[1], second) {
			t.Fatalf("%q was read as %q: %v", sent, got, err)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("after the last one: %v", err)
		}
		for _, form := range []Form{Text, Hex, JSON, Msgpack} {
			for r := NewReader(strings.NewReader(text), form, true); err == nil || errors.Is(err, io.EOF); {
				if _, err = r.Next(); errors.Is(err, io.EOF) {
					break
				}
			}
			err = nil
			fromMsgpack([]byte(text))
		}
	})
}
