package rpc

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// validJSON reads a whole text with the scanner.
func validJSON(text []byte) bool {
	s := jsonScanner{text: text}
	s.value()
	return s.end()
}

var jsonTexts = []string{
	// values
	`null`, `true`, `false`, `0`, `-0`, `12`, `-3.25`, `1e5`, `1E+5`, `0.0e-0`, `""`, `"a"`, `[]`, `{}`, " \t\r\n1\n",
	`[1,"a",null,[],{}]`, `{"a":1,"b":[{"c":{}}],"a":2}`, `[ 1 , 2 ]`, `{ "a" : 1 , "b" : 2 }`, `{"":{"":""}}`,
	// strings
	`"\"\\\/\b\f\n\r\t"`, `"\u0000"`, `"\u00e9\u2028\uD83D\uDE00"`, `"\ud800"`, `"\udc00\ud800"`, `"\ud800\ud800\udc00"`,
	`"\ud800\n"`, `"\ud800\u0041"`, "\"\x7f\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"é😀\"", "\"\xc3\"", `"\\u0041"`,
	// broken values
	``, ` `, `nul`, `nulll`, `True`, `NaN`, `Infinity`, `-`, `+1`, `01`, `-01`, `1.`, `.5`, `1e`, `1e+`, `0x10`, `1_000`,
	`1 2`, `[`, `]`, `[1`, `[1,`, `[1,]`, `[,1]`, `[,]`, `[1 2]`, `[1}`, `[1:2]`, `{`, `}`, `{"a"`, `{"a":`, `{"a":1`,
	`{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{,}`, `{"a" 1}`, `{"a":}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1]`, `{null}`,
	"\ufeff1", "1\x00", "\x00", "\v1", "1\u00a0", `//`, `'a'`, `[1]]`, `{}}`, `{"a",1}`,
	// broken strings
	`"`, `"a`, `"\"`, `"\`, `"\x"`, `"\u"`, `"\u12"`, `"\u12G4"`, `"\u 123"`, `"\U0041"`, "\"\n\"", "\"\x00\"", "\"\x1f\"", `"\u123`,
}

func TestJSONValidity(t *testing.T) {
	for _, text := range jsonTexts {
		if got, want := validJSON([]byte(text)), json.Valid([]byte(text)); got != want {
			t.Errorf("%q: valid = %v, encoding/json says %v", text, got, want)
		}
	}
}

func TestJSONDepth(t *testing.T) {
	nest := func(n int) map[string]string {
		return map[string]string{
			"arrays":  strings.Repeat("[", n) + strings.Repeat("]", n),
			"objects": strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1),
		}
	}
	for kind, text := range nest(maxJSONDepth) {
		if !validJSON([]byte(text)) {
			t.Errorf("%s at the limit are refused", kind)
		}
	}
	for kind, text := range nest(maxJSONDepth - 1) {
		if !validJSON([]byte("[" + text + "," + text + "]")) {
			t.Errorf("%s beside each other count as nested", kind)
		}
	}
	for kind, text := range nest(maxJSONDepth + 1) {
		if validJSON([]byte(text)) {
			t.Errorf("%s past the limit are accepted", kind)
		}
	}
	if validJSON(bytes.Repeat([]byte("["), 10_000_000)) {
		t.Error("ten million brackets are accepted")
	}
}

func TestJSONFailurePosition(t *testing.T) {
	for text, want := range map[string]int{
		``: 0, `hello`: 0, `nulx`: 3, `[1,]`: 3, `{"a" 1}`: 5, `{"a":1} x`: 8, `"a\x"`: 3, `"\u12G4"`: 5, "\"a\nb\"": 2, `[1,2`: 4,
	} {
		s := jsonScanner{text: []byte(text)}
		s.value()
		if s.end() || s.at != want {
			t.Errorf("%q failed at byte %d, want %d", text, s.at, want)
		}
	}
}

func TestJSONStringIs(t *testing.T) {
	for _, tt := range []struct {
		raw, name string
		want      bool
	}{
		{`args`, "args", true},
		{`\u0061rg\u0073`, "args", true},
		{`\ud83d\ude00`, "😀", true},
		{`\/`, "/", true},
		{``, "", true},
		{`arg`, "args", false},
		{`argss`, "args", false},
		{`Args`, "args", false},
		{`kwargs`, "args", false},
		{``, "args", false},
		{"arg\xff", "args", false},
	} {
		if got := jsonString(tt.raw).is(tt.name); got != tt.want {
			t.Errorf("%q is %q: %v", tt.raw, tt.name, got)
		}
	}
}

func TestJSONDecodeAliases(t *testing.T) {
	plain := jsonString("écho 😀")
	if got := plain.decode(); &got[0] != &plain[0] {
		t.Error("a plain string was copied")
	}
}

// nesting is how deep the arrays and objects of a valid text go.
func nesting(text []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
			deepest = max(deepest, depth)
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
	}
}

func FuzzJSONValidity(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, want := validJSON(text), json.Valid(text)
		if got != want && (got || nesting(text) <= maxJSONDepth) {
			t.Errorf("%q: valid = %v, encoding/json says %v", text, got, want)
		}
	})
}

func FuzzJSONString(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
		f.Add([]byte(`"` + text + `"`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		// The text as a string of any bytes: it is written, and both sides have to read it.
		quoted := appendJSONString([]byte("x"), string(text))[1:]
		meant := string([]rune(string(text))) // a replacement for every invalid byte
		if want := marshal(t, meant); string(quoted) != want {
			t.Errorf("%q is written as %s, want %s", text, quoted, want)
		}
		if got := string(jsonString(quoted[1 : len(quoted)-1]).decode()); got != meant {
			t.Errorf("%s reads %q, want %q", quoted, got, meant)
		}
		// The text as what stands between quotes: it is read.
		s := jsonScanner{text: text}
		raw := s.string()
		var want string
		err := json.Unmarshal(text, &want)
		if text = bytes.TrimSpace(text); len(text) == 0 || text[0] != '"' || s.bad || err != nil {
			return // FuzzJSONValidity checks what is valid
		}
		if got := string(raw.decode()); got != want {
			t.Errorf("%s reads %q, want %q", text, got, want)
		}
		if !raw.is(want) {
			t.Errorf("%s is not %q", text, want)
		}
	})
}

// marshal writes s as encoding/json does without its escapes for HTML and JSONP.
func marshal(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	jsonp := strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")
	return jsonp.Replace(strings.TrimSuffix(b.String(), "\n"))
}

func FuzzJSONMembers(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add([]byte(text))
		f.Add([]byte(`{"a":` + text + `,"\u0062":` + text + `,"a":0}`))
		f.Add([]byte(`[` + text + `,` + text + `]`))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !validJSON(text) {
			return
		}
		switch bytes.TrimSpace(text)[0] {
		case '{':
			var want map[string]json.RawMessage
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			got := map[string]json.RawMessage{}
			s := jsonScanner{text: text}
			for s.open('{'); s.more('}'); {
				name, value := s.key(), s.value()
				got[string(name.decode())] = value
			}
			if !s.end() || len(got) != len(want) {
				t.Fatalf("%q has %d members, want %d", text, len(got), len(want))
			}
			for name := range want {
				sameValue(t, text, got[name], want[name])
			}
		case '[':
			var want []json.RawMessage
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			i := 0
			for arg := range (Call{Args: text}).EachArg() {
				if i < len(want) {
					sameValue(t, text, arg, want[i])
				}
				i++
			}
			if i != len(want) {
				t.Fatalf("%q has %d elements, want %d", text, i, len(want))
			}
		}
	})
}

func sameValue(t *testing.T, text, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, bytes.TrimSpace(want)) {
		t.Errorf("in %q: got %q, want %q", text, got, want)
	}
}
