package core

import (
	"bytes"
	"testing"
	"time"
)

// openBridge is the bridge's end of a session that has begun.
func openBridge(t testing.TB) *Session {
	t.Helper()
	s := NewSession(SessionConfig{Bridge: true}, 0)
	s.Keep([]byte("token"), time.Minute, OK)
	hello := AppendFrame(nil, &Frame{Kind: KindHello, Version: Version, Limit: DefaultMaxMessage})
	if err := s.Feed(hello, 0, func(*Frame) error { s.Welcome(); return nil }); err != nil {
		t.Fatal(err)
	}
	s.Take(nil, 0)
	return s
}

// TestAppendReply: it is the frame that Append makes.
func TestAppendReply(t *testing.T) {
	for _, m := range []Message{{[]byte("x")}, {{}}, {make([]byte, shortPart)}, {make([]byte, shortPart+1)}, {[]byte("a"), nil, make([]byte, 300)}, {make([]byte, 70_000)}} {
		for _, number := range []uint64{1, 127, 128, 1<<32 - 1} {
			got, want := openBridge(t), openBridge(t)
			for _, request := range []uint64{0, 127, 128, number << 20, 1<<64 - 1} {
				if err := got.AppendReply(uint32(number), request, m); err != nil {
					t.Fatal(err)
				}
				want.Append(&Frame{Kind: KindReply, Socket: uint32(number), ID: request, Parts: m})
			}
			if g, w := got.Take(nil, 0), want.Take(nil, 0); !bytes.Equal(g, w) || got.Sent() != want.Sent() {
				t.Errorf("%d bytes, want %d: %x, %x", len(g), len(w), g[:min(20, len(g))], w[:min(20, len(w))])
			}
		}
	}
	s := openBridge(t)
	if err := s.AppendReply(1, 1, Message{make([]byte, DefaultMaxMessage)}); CodeOf(err) != TooLarge || s.Sent() != 0 {
		t.Errorf("more than the client accepts: %v", err)
	}
}
