package access

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The keys are those of zmq_curve(7) and of RFC 26; the first vector is that of RFC 32.
var z85Vectors = []struct{ hex, text string }{
	{"864FD26FB559F75B", "HelloWorld"},
	{"8E0BDD697628B91D8F245587EE95C5B04D48963F79259877B49CD9063AEAD3B7", "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"},
	{"54FCBA24E93249969316FB617C872BB0C1D1FF14800427C594CBFACF1BC2D652", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"},
	{"00000000", "00000"},
	{"FFFFFFFF", "%nSc0"},
	{"", ""},
}

func TestZ85(t *testing.T) {
	for _, v := range z85Vectors {
		b, err := hex.DecodeString(v.hex)
		if err != nil {
			t.Fatal(err)
		}
		if got := encodeZ85(b); got != v.text {
			t.Errorf("%s encoded: got %s, want %s", v.hex, got, v.text)
		}
		got, err := decodeZ85(v.text)
		if err != nil || string(got) != string(b) {
			t.Errorf("%s decoded: got %x, %v, want %s", v.text, got, err, v.hex)
		}
	}
}

func TestParseCurveKey(t *testing.T) {
	const good = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
	key, err := ParseCurveKey(good)
	if err != nil {
		t.Fatal(err)
	}
	if got := EncodeCurveKey(key); got != good {
		t.Errorf("got %s back", got)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "has 40 characters, not 0"},
		{"short", good[1:], "has 40 characters, not 39"},
		{"long", good + "0", "has 40 characters, not 41"},
		{"a space", " " + good[1:], "character 1 "},
		{"a quote", good[:39] + `"`, "character 40 "},
		{"not ASCII", good[:38] + "ä", "character 39 "},
		{"over 32 bits", good[:35] + "%nSc1", "characters 36 to 40 "},
		{"far over 32 bits", "#####" + good[5:], "characters 1 to 5 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseCurveKey(tt.text)
			wantInvalid(t, err, tt.want)
			if len(tt.text) > 5 && strings.Contains(err.Error(), tt.text[5:10]) {
				t.Errorf("%v repeats the key", err)
			}
		})
	}
}

func FuzzZ85(f *testing.F) {
	for _, v := range z85Vectors {
		f.Add(v.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = text[:len(text)/5*5]
		b, err := decodeZ85(text)
		if err != nil {
			wantInvalid(t, err, "Z85")
			return
		}
		if got := encodeZ85(b); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	})
}

func wantInvalid(t *testing.T, err error, text string) {
	t.Helper()
	if core.CodeOf(err) != core.Invalid || !strings.Contains(err.Error(), text) {
		t.Fatalf("got %v, want an invalid key with %q", err, text)
	}
}
