package sequence

import (
	"encoding/json"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func format(t testing.TB, text string) access.NumberFormat {
	t.Helper()
	f, err := access.ParseNumberFormat(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRead(t *testing.T) {
	for _, test := range []struct {
		format, part string
		want         uint64
		ok           bool
	}{
		{"u64be", "\x00\x00\x00\x00\x00\x00\x01\x02", 258, true},
		{"u64le", "\x02\x01\x00\x00\x00\x00\x00\x00", 258, true},
		{"u32be", "\x00\x00\x01\x02", 258, true},
		{"u32le", "\x02\x01\x00\x00", 258, true},
		{"u64be", "\xff\xff\xff\xff\xff\xff\xff\xff", 1<<64 - 1, true},
		{"u64be", "\x00\x00\x01\x02", 0, false},
		{"u32le", "", 0, false},
		{"u32le", "\x00\x00\x01\x02\x03", 0, false},
		{"ascii", "258", 258, true},
		{"ascii", "007", 7, true},
		{"ascii", "+7", 0, false},
		{"ascii", "-7", 0, false},
		{"ascii", " 7", 0, false},
		{"ascii", "", 0, false},
		{"ascii", "18446744073709551616", 0, false},
		{"json:seq", `{"seq": 258}`, 258, true},
		{"json:seq", `{"a": {"seq": 1}, "b": [{"seq": 2}, 3], "c": null, "seq": 258, "d"`, 258, true},
		{"json:seq", `{"a": {"seq": 1}}`, 0, false},
		{"json:seq", `{"seq": "258"}`, 0, false},
		{"json:seq", `{"seq": 2.5}`, 0, false},
		{"json:seq", `{"seq": -2}`, 0, false},
		{"json:seq", `{"seq": 2e3}`, 0, false},
		{"json:seq", `{"seq": {}}`, 0, false},
		{"json:seq", `["seq", 258]`, 0, false},
		{"json:seq", `{`, 0, false},
		{"json:seq", ``, 0, false},
		{"json:a b.c", `{"a b.c": 1}`, 1, true},
	} {
		if n, ok := Read(format(t, test.format), []byte(test.part)); n != test.want || ok != test.ok {
			t.Errorf("%s %q: %d, %v", test.format, test.part, n, ok)
		}
	}
	for _, text := range []string{"", "u64", "json:", "json", "U64BE", "seq"} {
		if _, err := access.ParseNumberFormat(text); err == nil {
			t.Errorf("%q is a format", text)
		}
	}
}

// FuzzRead: what is written is read again, and nothing that may stand in a part does any harm.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"a": [1, {"seq": 2}], "seq": 258}`), uint64(1))
	f.Add([]byte("258"), uint64(1<<63))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x01\x02"), uint64(1<<32-1))
	formats := []access.NumberFormat{}
	for _, text := range []string{"u64be", "u64le", "u32be", "u32le", "ascii", "json:seq"} {
		formats = append(formats, format(f, text))
	}
	f.Fuzz(func(t *testing.T, part []byte, n uint64) {
		for _, f := range formats {
			got, ok := Read(f, part)
			if ok && f.Kind == access.JSONNumber {
				var object map[string]json.RawMessage
				if json.Unmarshal(part, &object) == nil && object["seq"] == nil {
					t.Errorf("%q has %d", part, got)
				}
				continue
			}
			if f.Kind == access.JSONNumber {
				continue
			}
			want := n & greatest(f)
			if again, ok := Read(f, Append(nil, f, want)); !ok || again != want {
				t.Errorf("%d of kind %d comes back as %d", want, f.Kind, again)
			}
		}
	})
}
