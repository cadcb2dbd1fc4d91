package words

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestMessagePackAsJSON: what is one value is that value; all else is as it is without.
func TestMessagePackAsJSON(t *testing.T) {
	for _, test := range []struct{ part, want string }{
		{"\x82\xa3bid\xcb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xa3ask\xc0", `{"bid":1.1,"ask":null}`},
		{"\x93\xc3\xd0\xff\xa2\xc3\xbc", `[true,-1,"ü"]`},
		{"\x91\xc4\x02\x00\xff", `["AP8="]`},
		{"\x01\x02", `"\u0001\u0002"`},
		{"\x92\x01", `{"base64":"kgE="}`},
		{"", `""`},
		{"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01", `{"base64":"y3/4AAAAAAAB"}`},
		{"\xdd\xff\xff\xff\xff\x00", `{"base64":"3f////8A"}`},
	} {
		w := NewWriter()
		w.Parts(core.Message{[]byte("fx."), []byte(test.part)}, "msgpack")
		if want := `["fx.",` + test.want + `]`; w.String() != want {
			t.Errorf("%q is %s, want %s", test.part, w.String(), want)
		}
	}
	w := NewWriter()
	w.Parts(core.Message{[]byte(strings.Repeat("\x91", 1<<20) + "\x01")}, "msgpack")
	if !strings.HasPrefix(w.String(), `[{"base64":"kZGR`) {
		t.Errorf("lists without end are %.30s", w.String())
	}
}
