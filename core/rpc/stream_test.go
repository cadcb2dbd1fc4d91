package rpc

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestAppendStreamCall(t *testing.T) {
	eachVector(t, "append_stream_call", func(t *testing.T, v rpcVector) {
		text, err := AppendStreamCall(nil, v.Func, optional(v.Args), optional(v.Kwargs), v.Credit)
		if wantCode(t, err, v.Error) {
			return
		}
		if string(text) != v.Text {
			t.Errorf("got %s, want %s", text, v.Text)
		}
		if call, err := ParseStreamCall(text); err != nil || string(call.Func) != v.Func || call.Credit != v.Credit {
			t.Errorf("%s is read as %q, %d, %v", text, call.Func, call.Credit, err)
		}
	})
}

func TestParseStreamCall(t *testing.T) {
	eachVector(t, "parse_stream_call", func(t *testing.T, v rpcVector) {
		call, err := ParseStreamCall([]byte(v.Text))
		if wantCode(t, err, v.Error) {
			return
		}
		if string(call.Func) != v.Func || call.Credit != v.Credit || call.Cancel != v.Cancel {
			t.Errorf("got %q, %d, %v", call.Func, call.Credit, call.Cancel)
		}
		sameText(t, "args", call.Args, v.Args)
		sameText(t, "kwargs", call.Kwargs, v.Kwargs)
	})
}

func TestAppendStreamAnswer(t *testing.T) {
	eachVector(t, "append_stream_answer", func(t *testing.T, v rpcVector) {
		if v.End != "" {
			if text := AppendEnd(nil, codeOr(v.End), v.ErrorText, v.ErrorType); string(text) != v.Text {
				t.Errorf("got %s, want %s", text, v.Text)
			}
			return
		}
		text, err := AppendItem(nil, optional(v.Value))
		if !wantCode(t, err, v.Error) && string(text) != v.Text {
			t.Errorf("got %s, want %s", text, v.Text)
		}
	})
}

func TestParseStreamAnswer(t *testing.T) {
	eachVector(t, "parse_stream_answer", func(t *testing.T, v rpcVector) {
		answer, err := ParseStreamAnswer([]byte(v.Text))
		if v.Error != "" {
			if failed, ok := core.AsError(err); !ok || failed.Code.String() != v.Error || failed.Text != v.ErrorText {
				t.Errorf("got %v", err)
			}
			return
		}
		sameText(t, "item", answer.Item, v.Value)
		if err != nil || answer.Ended != (v.End != "") || (answer.Err != nil) != (v.End != "" && v.End != "ok") {
			t.Fatalf("got %+v, %v", answer, err)
		}
		if e := answer.Err; e != nil && (e.Code.String() != v.End || e.Text != v.ErrorText || e.Type != v.ErrorType) {
			t.Errorf("got %+v", e)
		}
	})
}

func codeOr(name string) core.Code {
	if name == core.OK.String() {
		return core.OK
	}
	return codeNamed(jsonString(name))
}

func TestErrorType(t *testing.T) {
	for text, want := range map[string]string{
		`{"status":"error","error_msg":"'x'","error_type":"KeyError"}`: "KeyError",
		`{"status":"error","error_msg":"no"}`:                          "",
		`{"status":"error","error_type":7}`:                            "",
		`{"error_type":"cut short`:                                     "",
	} {
		if got := ErrorType([]byte(text)); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func FuzzParseStreamCall(f *testing.F) {
	for _, v := range loadVectors(f, "parse_stream_call") {
		f.Add([]byte(v.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		call, err := ParseStreamCall(text)
		if err != nil {
			if core.CodeOf(err) != core.Protocol {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		members := oracle(text)
		begins := len(call.Func) > 0
		if members == nil || call.Credit < 0 || call.Credit > maxCredit || begins && call.Cancel {
			t.Errorf("%q: %+v", text, call)
		}
		if begins && string(call.Func) != oracleString(members["stream"]) || call.Cancel != (string(members["cancel"]) == "true") {
			t.Errorf("%q: %+v", text, call)
		}
		if begins {
			checkRoundTrip(t, call.Call)
		}
	})
}

func FuzzParseStreamAnswer(f *testing.F) {
	for _, v := range loadVectors(f, "parse_stream_answer") {
		f.Add([]byte(v.Text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		answer, err := ParseStreamAnswer(text)
		members := oracle(text)
		_, hasItem := members["item"]
		switch {
		case err != nil:
			if core.CodeOf(err) != core.Unsupported || !utf8.ValidString(err.Error()) && utf8.Valid(text) {
				t.Errorf("%q: %v", text, err)
			}
		case answer.Ended:
			if end := oracleString(members["end"]); end == "" && string(members["end"]) != `""` || (end == "ok") != (answer.Err == nil) {
				t.Errorf("%q: %+v", text, answer)
			}
		case answer.Item != nil:
			if !hasItem || !bytes.Equal(written(answer.Item), members["item"]) {
				t.Errorf("%q: %q", text, answer.Item)
			}
		case members["credit"] == nil:
			t.Errorf("%q: is nothing", text)
		}
		var failed *CallError
		if answer.Err != nil && (!errors.As(error(answer.Err), &failed) || core.CodeOf(failed) == core.OK) {
			t.Errorf("%q: %v", text, answer.Err)
		}
	})
}

// An item must not break out of the place where it is put.
func FuzzAppendItem(f *testing.F) {
	for _, v := range loadVectors(f, "append_stream_answer") {
		f.Add(optional(v.Value))
	}
	f.Fuzz(func(t *testing.T, item []byte) {
		text, err := AppendItem(nil, item)
		if err != nil {
			return
		}
		if members := oracle(text); len(members) != 1 || !utf8.Valid(text) {
			t.Errorf("%q is no item", text)
		}
	})
}
