package core

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func sameMessage(a, b Message) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func checkBodyRoundTrip(t *testing.T, m Message) {
	t.Helper()
	body := EncodeBody(m)
	if len(body) != bodySize(m) || cap(body) != len(body) {
		t.Fatalf("%d parts: %d bytes in %d, bodySize says %d", len(m), len(body), cap(body), bodySize(m))
	}
	got, err := body.Parts(nil)
	if err != nil || !sameMessage(got, m) {
		t.Fatalf("%d parts came back as %d: %v", len(m), len(got), err)
	}
	lengths, payload, err := body.Lengths(nil)
	if err != nil || len(lengths) != len(m) || !bytes.Equal(payload, bytes.Join(m, nil)) {
		t.Fatalf("%d parts have %d lengths: %v", len(m), len(lengths), err)
	}
	for i, n := range lengths {
		if int(n) != len(m[i]) {
			t.Fatalf("part %d has %d bytes, its length says %d", i, len(m[i]), n)
		}
	}
}

func TestBodyRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 7))
	for count := 1; count <= MaxParts; count++ {
		m := make(Message, count) // of empty parts
		checkBodyRoundTrip(t, m)
		for i := range m {
			m[i] = randomBytes(rnd, 8)
		}
		checkBodyRoundTrip(t, m)
	}
	for _, size := range []int{0, 1, 127, 128, 1<<14 - 1, 1 << 14, 1<<21 - 1, 1 << 21} {
		part := make([]byte, size)
		for _, m := range []Message{{part}, {part, nil}, {nil, part}, {part, part, part}} {
			checkBodyRoundTrip(t, m)
		}
	}
}

func TestBadBodies(t *testing.T) {
	tests := []struct {
		name string
		body Body
	}{
		{"empty", Body{}},
		{"no parts", Body{0}},
		{"too many parts", AppendBody(nil, make(Message, MaxParts+1))},
		{"a huge number of parts", Body{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}},
		{"a number of parts that never ends", bytes.Repeat([]byte{0x80}, 11)},
		{"lengths that are not there", Body{3, 1}},
		{"length beyond the end", Body{2, 3, 'a', 'b'}},
		{"lengths that together go beyond the end", Body{3, 2, 2, 'a', 'b', 'c'}},
		{"a length that overflows", Body{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 'a'}},
		{"lengths whose sum overflows", Body{3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 'a'}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if m, err := tt.body.Parts(nil); CodeOf(err) != Protocol || m != nil {
				t.Errorf("%d parts, error %v", len(m), err)
			}
			if lengths, payload, err := tt.body.Lengths(nil); CodeOf(err) != Protocol || payload != nil {
				t.Errorf("%d lengths, error %v", len(lengths), err)
			}
		})
	}
}

// Lengths may be written longer than need be, as everywhere in the protocol.
func TestOverlongLengths(t *testing.T) {
	m, err := Body{0x82, 0, 0x81, 0, 'a', 'b', 'c'}.Parts(nil)
	if err != nil || !sameMessage(m, Message{[]byte("a"), []byte("bc")}) {
		t.Errorf("parts %q, error %v", m, err)
	}
}

func TestPartsAreApart(t *testing.T) {
	body := EncodeBody(Message{[]byte("aa"), []byte("bb"), []byte("cc")})
	m, err := body.Parts(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m {
		m[i] = append(m[i], "XX"...)
	}
	if again, _ := body.Parts(nil); !sameMessage(again, Message{[]byte("aa"), []byte("bb"), []byte("cc")}) {
		t.Errorf("appending to parts changed the body: %q", again)
	}
}

func TestPartsAppend(t *testing.T) {
	first := Message{[]byte("before")}
	m, err := EncodeBody(Message{[]byte("a"), nil}).Parts(first)
	if err != nil || !sameMessage(m, Message{[]byte("before"), []byte("a"), nil}) {
		t.Errorf("appended to %q: %q, %v", first, m, err)
	}
}

func TestClone(t *testing.T) {
	original := Message{[]byte("aa"), nil, []byte("bb")}
	clone := original.Clone()
	copy(original[0], "XX")
	clone[0] = append(clone[0], "YY"...)
	if !sameMessage(clone, Message{[]byte("aaYY"), nil, []byte("bb")}) || original.Size() != 4 {
		t.Errorf("clone %q of %q", clone, original)
	}
}

func TestCheckMessage(t *testing.T) {
	tests := []struct {
		name string
		m    Message
		want Code
	}{
		{"no parts", Message{}, Invalid},
		{"one empty part", Message{nil}, OK},
		{"as many parts as there may be", make(Message, MaxParts), OK},
		{"one part more", make(Message, MaxParts+1), TooLarge},
		{"as many bytes as there may be", Message{make([]byte, 4), make([]byte, 6)}, OK},
		{"one byte more", Message{make([]byte, 5), make([]byte, 6)}, TooLarge},
	}
	for _, tt := range tests {
		if err := CheckMessage(tt.m, 10); CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestTopicOfBody(t *testing.T) {
	for _, m := range []Message{{nil}, {[]byte("a")}, {[]byte("topic"), []byte("value")}, {nil, []byte("x"), nil},
		{make([]byte, 200), nil, make([]byte, 300)}, make(Message, MaxParts)} {
		if got := EncodeBody(m).Topic(); string(got) != string(m[0]) {
			t.Errorf("%d parts: %q, want %q", len(m), got, m[0])
		}
	}
	for _, malformed := range []Body{nil, {0x80}, {2}, {2, 0x80}, {2, 9, 'x'}, {3, 1}} {
		malformed.Topic() // the result need not make sense, but it must not panic
	}
}
