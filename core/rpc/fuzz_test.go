package rpc

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// oracle reads an object with encoding/json. It reads into a map, because encoding/json does not match the names of struct
// fields exactly. The map is nil for anything that is not an object, and for what nests deeper than maxJSONDepth.
func oracle(text []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(written(text), &members) != nil || nesting(text) > maxJSONDepth {
		return nil
	}
	for name, value := range members {
		members[name] = bytes.TrimSpace(value)
	}
	return members
}

var unwritten = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[\w.+-]+`)

// written replaces NaN and Infinity, which encoding/json does not read, by numbers of as many bytes.
func written(text []byte) []byte {
	return unwritten.ReplaceAllFunc(text, func(token []byte) []byte {
		switch string(token) {
		case "NaN":
			return []byte("100")
		case "Infinity":
			return []byte("10000000")
		case "-Infinity":
			return []byte("-10000000")
		}
		return token
	})
}

// oracleString is the string that value is, if it is one.
func oracleString(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

func FuzzParseCall(f *testing.F) {
	for _, v := range loadVectors(f, "parse_call") {
		f.Add([]byte(v.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseCall(text)
		if err != nil && core.CodeOf(err) != core.Protocol {
			t.Fatalf("code of %v", err)
		}
		want := oracle(text)
		fn, args, kwargs := oracleString(want["funcname"]), want["args"], want["kwargs"]
		if string(args) == "null" {
			args = nil
		} else if args != nil && args[0] != '[' {
			args = json.RawMessage("[" + string(args) + "]")
		}
		if string(kwargs) == "null" {
			kwargs = nil
		}
		if valid := fn != "" && (kwargs == nil || kwargs[0] == '{'); valid != (err == nil) {
			t.Fatalf("%q: %v, want valid = %v", text, err, valid)
		}
		if err != nil {
			return
		}
		if string(c.Func) != fn {
			t.Errorf("%q: func = %q, want %q", text, c.Func, fn)
		}
		for _, part := range []struct{ got, want []byte }{{c.Args, args}, {c.Kwargs, kwargs}} {
			if !bytes.Equal(written(part.got), part.want) || (part.got == nil) != (part.want == nil) {
				t.Errorf("%q: got %q, want %q", text, part.got, part.want)
			}
		}
		checkRoundTrip(t, c)
	})
}

func checkRoundTrip(t *testing.T, c Call) {
	t.Helper()
	if !utf8.Valid(c.Args) || !utf8.Valid(c.Kwargs) || nesting(c.Args) > maxJSONDepth-2 {
		return // read, but not written
	}
	text, err := AppendCall(nil, string(c.Func), c.Args, c.Kwargs)
	if !bytes.Equal(written(c.Args), c.Args) || !bytes.Equal(written(c.Kwargs), c.Kwargs) {
		if core.CodeOf(err) != core.Invalid {
			t.Errorf("%q %q: appended %q, %v", c.Args, c.Kwargs, text, err)
		}
		return
	}
	if err != nil || !json.Valid(text) {
		t.Fatalf("appended %q, %v", text, err)
	}
	again, err := ParseCall(text)
	if err != nil || !bytes.Equal(again.Func, c.Func) {
		t.Fatalf("%q parsed again: %q, %v", text, again.Func, err)
	}
	if c.Args != nil && !bytes.Equal(again.Args, c.Args) || c.Kwargs != nil && !bytes.Equal(again.Kwargs, c.Kwargs) {
		t.Errorf("%q parsed again: %q %q, want %q %q", text, again.Args, again.Kwargs, c.Args, c.Kwargs)
	}
}

func FuzzParseReturn(f *testing.F) {
	for _, v := range loadVectors(f, "parse_return") {
		f.Add([]byte(v.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := ParseReturn(text)
		code, members := core.CodeOf(err), oracle(text)
		switch want := members["returnval"]; {
		case oracleString(members["status"]) == "error":
			if code != core.Failed || value != nil {
				t.Errorf("%q: %q, %v", text, value, err)
			}
		case members == nil, want == nil && len(members) > 0:
			if code != core.Protocol || value != nil {
				t.Errorf("%q: %q, %v", text, value, err)
			}
		case err != nil || !bytes.Equal(written(value), want):
			t.Errorf("%q: %q, %v, want %q", text, value, err, want)
		}
	})
}

// An argument must not break out of the place where it is put. Otherwise a page could forge the rest of an envelope.
func FuzzAppendCall(f *testing.F) {
	for _, v := range loadVectors(f, "append_call") {
		f.Add(v.Func, optional(v.Args), optional(v.Kwargs))
	}
	f.Fuzz(func(t *testing.T, fn string, args, kwargs []byte) {
		call, err := AppendCall(nil, fn, args, kwargs)
		if err != nil {
			if core.CodeOf(err) != core.Invalid || len(call) > 0 {
				t.Errorf("%q, %v", call, err)
			}
			return
		}
		members := oracle(call)
		if len(members) != 3 || !utf8.Valid(call) {
			t.Errorf("%q is no call of three members in UTF-8", call)
		}
		if got, want := oracleString(members["funcname"]), string([]rune(fn)); got != want {
			t.Errorf("func = %q, want %q", got, want)
		}
		if _, err := ParseCall(call); err != nil {
			t.Errorf("%q: %v", call, err)
		}
	})
}
