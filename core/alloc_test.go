package core_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// The path of a message allocates nothing, in either direction. The only exceptions are the maps and heaps for pending
// requests: they grow to the largest number that was ever pending at once, and stay that large.

// wantAllocs fails if run allocates more than limit times on average, once it is warm.
func wantAllocs(t *testing.T, limit float64, run func()) {
	t.Helper()
	for range 100 {
		run()
	}
	if got := testing.AllocsPerRun(1000, run); got > limit {
		t.Errorf("%v allocations, want at most %v", got, limit)
	}
}

func TestAppendFrameAllocs(t *testing.T) {
	dst := make([]byte, 0, 1024)
	m := message("time", "12:00:00")
	shared := core.EncodeBody(m)
	wantAllocs(t, 0, func() {
		dst = core.AppendFrame(dst[:0], &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: m})
		dst = core.AppendFrame(dst, &core.Frame{Kind: core.KindMessage, Socket: 2, Body: shared})
		dst = core.AppendFrame(dst, &core.Frame{Kind: core.KindFailed, Socket: 1, ID: 1, Code: core.Busy, Text: m[0]})
	})
}

func TestParseFrameAllocs(t *testing.T) {
	wire := core.AppendFrame(nil, &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")})
	var f core.Frame
	var parts core.Message
	wantAllocs(t, 0, func() {
		if _, err := core.ParseFrame(wire, &f); err != nil {
			t.Fatal(err)
		}
		var err error
		if parts, err = f.Body.Parts(parts[:0]); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkAppendFrame(b *testing.B) {
	f := core.Frame{Kind: core.KindMessage, Socket: 1, Parts: message("time", "12:00:00")}
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = core.AppendFrame(dst[:0], &f)
	}
}

func message(parts ...string) core.Message {
	m := make(core.Message, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}
