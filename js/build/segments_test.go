package main

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

func TestJoinSegments(t *testing.T) {
	far := segment{5000, []byte("far")}
	for name, tt := range map[string]struct{ in, want []segment }{
		"none":       {nil, nil},
		"one":        {[]segment{{0x1000, []byte("a")}}, []segment{{0x1000, []byte("a")}}},
		"adjacent":   {[]segment{{1, []byte("ab")}, {3, []byte("c")}}, []segment{{1, []byte("abc")}}},
		"a gap":      {[]segment{{1, []byte("a")}, {4, []byte("b")}, far}, []segment{{1, []byte("a\x00\x00b")}, far}},
		"disorder":   {[]segment{far, {1, []byte("a")}}, []segment{{1, []byte("a")}, far}},
		"a wide gap": {[]segment{{1, []byte("a")}, {2 + maxGap + 1, []byte("b")}}, []segment{{1, []byte("a")}, {2 + maxGap + 1, []byte("b")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := joinSegments(module(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, module(tt.want)) {
				t.Errorf("got  %x\nwant %x", got, module(tt.want))
			}
			if !bytes.Equal(memory(t, got), memory(t, module(tt.in))) {
				t.Error("the memory is another one")
			}
		})
	}
}

func TestJoinSegmentsRefuses(t *testing.T) {
	good := module([]segment{{1, []byte("ab")}, {3, []byte("c")}})
	for name, wasm := range map[string][]byte{
		"nothing":               nil,
		"half a section":        good[:len(good)-1],
		"segments that overlap": module([]segment{{1, []byte("ab")}, {2, []byte("c")}}),
		"a negative address":    module([]segment{{-1, []byte("ab")}}),
		"a count of segments":   append(slices.Clone(good), sectionDataCount, 1, 2),
		"another kind":          bytes.Replace(good, []byte{0, opI32Const}, []byte{1, opI32Const}, 1),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := joinSegments(wasm); err == nil {
				t.Errorf("got %x", got)
			}
		})
	}
}

func TestVarint32(t *testing.T) {
	for _, value := range []int32{0, 1, 63, 64, -1, -64, -65, 8191, 8192, 1 << 20, math.MaxInt32, math.MinInt32} {
		b := appendVarint32(nil, value)
		if got, n := varint32(b); got != value || n != len(b) {
			t.Errorf("%d is %x, which is %d in %d bytes", value, b, got, n)
		}
		if _, n := varint32(b[:len(b)-1]); n != 0 {
			t.Errorf("%d can be read without its last byte", value)
		}
	}
}

// module is a wasm module that has a custom section, and a data section with these segments.
func module(segments []segment) []byte {
	data := appendSegments(nil, segments)
	return append([]byte("\x00asm\x01\x00\x00\x00"+"\x00\x02\x01x"+"\x0b"+string(rune(len(data)))), data...)
}

// memory is what the segments of a module put into memory.
func memory(t *testing.T, wasm []byte) []byte {
	t.Helper()
	segments, ok := readSegments(wasm[8+4+2:])
	if !ok {
		t.Fatalf("cannot be read: %x", wasm)
	}
	m := make([]byte, 1<<13)
	for _, s := range segments {
		copy(m[s.address:], s.data)
	}
	return m
}
