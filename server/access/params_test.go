package access

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestParseParams(t *testing.T) {
	for text, want := range map[string]string{"": "", "null": "", " null\n": "", "{}": "{}", ` {"user":"hugo"} `: `{"user":"hugo"}`} {
		if got, err := ParseParams([]byte(text)); string(got) != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"nul", "[]", `"text"`, "5", "{", "{}{}", "{user:1}"} {
		if got, err := ParseParams([]byte(text)); got != nil || core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
