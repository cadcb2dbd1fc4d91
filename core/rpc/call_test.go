package rpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// rpcVector is a case of testdata; its README.md says which fields a file has.
type rpcVector struct {
	Name, Text, Func    string
	Args, Kwargs, Value *string // JSON text; nil: absent
	Credit              int
	Cancel              bool
	End                 string // a Code; "": it is not the end of a stream
	Error               string // a Code
	ErrorText           string `json:"error_text"`
	ErrorType           string `json:"error_type"`
}

// eachVector runs the cases of one file as subtests.
func eachVector(t *testing.T, file string, run func(*testing.T, rpcVector)) {
	t.Helper()
	for _, v := range loadVectors(t, file) {
		t.Run(v.Name, func(t *testing.T) { run(t, v) })
	}
}

func loadVectors(t testing.TB, file string) []rpcVector {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []rpcVector
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&vectors); err != nil {
		t.Fatal(err)
	}
	return vectors
}

func optional(text *string) []byte {
	if text == nil {
		return nil
	}
	return []byte(*text)
}

func sameText(t *testing.T, what string, got []byte, want *string) {
	t.Helper()
	if (got == nil) != (want == nil) || string(got) != string(optional(want)) {
		t.Errorf("%s = %q, want %q", what, got, optional(want))
	}
}

// wantCode checks an error against a vector, and tells whether the case ends here.
func wantCode(t *testing.T, err error, want string) bool {
	t.Helper()
	if want == "" {
		want = core.OK.String()
	}
	if got := core.CodeOf(err).String(); got != want {
		t.Fatalf("error %v, want code %s", err, want)
	}
	return err != nil
}

func TestAppendCall(t *testing.T) {
	eachVector(t, "append_call", func(t *testing.T, v rpcVector) {
		got, err := AppendCall([]byte("> "), v.Func, optional(v.Args), optional(v.Kwargs))
		wantCode(t, err, v.Error)
		if want := "> " + v.Text; string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestAppendPubCall(t *testing.T) {
	eachVector(t, "append_pub_call", func(t *testing.T, v rpcVector) {
		got, err := AppendPubCall([]byte("> "), v.Func, optional(v.Args))
		wantCode(t, err, v.Error)
		if want := "> " + v.Text; string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestParseCall(t *testing.T) {
	eachVector(t, "parse_call", func(t *testing.T, v rpcVector) {
		c, err := ParseCall([]byte(v.Text))
		if wantCode(t, err, v.Error) {
			return
		}
		if string(c.Func) != v.Func {
			t.Errorf("func = %q, want %q", c.Func, v.Func)
		}
		sameText(t, "args", c.Args, v.Args)
		sameText(t, "kwargs", c.Kwargs, v.Kwargs)
	})
}

func TestAppendReturn(t *testing.T) {
	eachVector(t, "append_return", func(t *testing.T, v rpcVector) {
		got, err := []byte("> "), error(nil)
		if v.ErrorText != "" {
			got = AppendReturnError(got, v.ErrorText)
		} else {
			got, err = AppendReturn(got, optional(v.Value))
		}
		wantCode(t, err, v.Error)
		if want := "> " + v.Text; string(got) != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestParseReturn(t *testing.T) {
	eachVector(t, "parse_return", func(t *testing.T, v rpcVector) {
		value, err := ParseReturn([]byte(v.Text))
		sameText(t, "value", value, v.Value)
		if !wantCode(t, err, v.Error) {
			return
		}
		var e *core.Error
		if !errors.As(err, &e) {
			t.Fatalf("error is a %T", err)
		}
		if failed := e.Code == core.Failed; e.Remote != failed || failed && e.Text != v.ErrorText {
			t.Errorf("remote = %v, text = %q, want %q", e.Remote, e.Text, v.ErrorText)
		}
	})
}

// Invalid UTF-8 cannot stand in the vectors, which are JSON.
func TestRPCInvalidUTF8(t *testing.T) {
	c, err := ParseCall([]byte("{\"funcname\":\"a\xffb\",\"args\":[\"\xff\"]}"))
	if err != nil || string(c.Func) != "a\ufffdb" || string(c.Args) != "[\"\xff\"]" {
		t.Errorf("parsed func %q, args %q, %v", c.Func, c.Args, err)
	}
	if got, err := AppendPubCall(nil, "a\xffb", nil); err != nil || string(got) != "{\"funcname\":\"a\ufffdb\",\"args\":[]}" {
		t.Errorf("appended %q, %v", got, err)
	}
	for _, bad := range []string{"\"\xff\"", "[\"\xff\"]", "{\"\xff\":1}"} {
		_, argsErr := AppendPubCall(nil, "a", []byte(bad))
		_, returnErr := AppendReturn(nil, []byte(bad))
		if core.CodeOf(argsErr) != core.Invalid || core.CodeOf(returnErr) != core.Invalid {
			t.Errorf("%q goes out: %v, %v", bad, argsErr, returnErr)
		}
	}
}

// Whatever can be appended can be parsed. The envelope counts as one level of nesting, too.
func TestRPCDepth(t *testing.T) {
	for n := maxJSONDepth - 4; n <= maxJSONDepth+1; n++ {
		for _, deep := range []string{
			strings.Repeat("[", n) + strings.Repeat("]", n),
			strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n),
		} {
			call, err := AppendCall(nil, "echo", []byte(deep), nil)
			if _, parseErr := ParseCall(call); err == nil && parseErr != nil {
				t.Errorf("%d levels of args: %v", n, parseErr)
			}
			ret, err := AppendReturn(nil, []byte(deep))
			if _, parseErr := ParseReturn(ret); err == nil && parseErr != nil {
				t.Errorf("%d levels of value: %v", n, parseErr)
			}
			if fits := n < maxJSONDepth; fits != (err == nil) || !fits && !strings.Contains(err.Error(), "JSON nests deeper than 512 levels at byte ") {
				t.Errorf("%d levels of value: %v", n, err)
			}
			enveloped := []byte(`{"returnval":` + deep + "}")
			if _, err := ParseReturn(enveloped); n >= maxJSONDepth && !strings.Contains(err.Error(), "RPC return nests deeper than 512 levels at byte ") {
				t.Errorf("%d levels of value: %v", n, err)
			}
		}
	}
}

func TestEachArg(t *testing.T) {
	for args, want := range map[string][]string{
		``:                            nil,
		`[]`:                          nil,
		`[1]`:                         {`1`},
		`[ "u" , [1, 2],{"a":1} ]`:    {`"u"`, `[1, 2]`, `{"a":1}`},
		`[1,2,oops`:                   {`1`, `2`},
		`{"handmade":"and no array"}`: nil,
	} {
		var got []string
		for arg := range (Call{Args: []byte(args)}).EachArg() {
			got = append(got, string(arg))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", args, got, want)
		}
	}
	for arg := range (Call{Args: []byte(`[1,2]`)}).EachArg() {
		if string(arg) != "1" {
			t.Errorf("got %s after break", arg)
		}
		break
	}
}

// Appending to a part that was parsed must not overwrite what follows it in the message.
func TestRPCPartsAreCapped(t *testing.T) {
	text := []byte(`{"funcname":"echo","args":[1],"kwargs":{}}`)
	c, err := ParseCall(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]byte{c.Func, c.Args, c.Kwargs} {
		_ = append(part, '!')
	}
	if string(text) != `{"funcname":"echo","args":[1],"kwargs":{}}` {
		t.Errorf("the message now reads %s", text)
	}
}

func TestSnakeCase(t *testing.T) {
	for method, want := range map[string]string{
		"AddUser": "add_user", "Echo": "echo", "X": "x", "ID": "id", "": "",
		"HTTPGet": "http_get", "GetURL": "get_url", "UserID": "user_id", "GetHTTPSProxy": "get_https_proxy",
		"SetXY": "set_xy", "IsATest": "is_a_test", "A1": "a1", "GetV2": "get_v2", "SHA256Sum": "sha256_sum",
		"Base64Decode": "base64_decode", "Add2Numbers": "add2_numbers", "Add_User": "add_user", "Get_URL": "get_url",
		"already_snake": "already_snake", "ÄndereÖl": "ändere_öl",
		"UserIDs": "user_i_ds", "OAuth2": "o_auth2", // the price of a rule without a dictionary
	} {
		if got := SnakeCase(method); got != want {
			t.Errorf("SnakeCase(%q) = %q, want %q", method, got, want)
		}
	}
}

func TestRPCAllocs(t *testing.T) {
	dst := make([]byte, 0, 1024)
	args, kwargs := []byte(`["u", "p\n", [1.5, null]]`), []byte(`{"type": "girl"}`)
	call := []byte(`{"funcname": "add_user", "args": ["u", "p\n", [1.5, null]], "kwargs": {"type": "girl"}}`)
	ret := []byte(`{"return\u0076al": ["u", {"a": "\u00e9"}]}`)
	c, err := ParseCall(call)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"AppendCall":        func() { _, _ = AppendCall(dst, "add_user", args, kwargs) },
		"AppendPubCall":     func() { _, _ = AppendPubCall(dst, "add_user", kwargs) },
		"AppendReturn":      func() { _, _ = AppendReturn(dst, args) },
		"AppendReturnError": func() { _ = AppendReturnError(dst, "unauthorized \"access\"") },
		"ParseCall":         func() { _, _ = ParseCall(call) },
		"ParseReturn":       func() { _, _ = ParseReturn(ret) },
		"EachArg": func() {
			for arg := range c.EachArg() {
				dst = append(dst[:0], arg...)
			}
		},
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
