package history

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// scarce is a portion of so many bytes, where that is all there is.
type scarce struct {
	most, held int64
	left       bool
}

func (s *scarce) Hold(bytes int64) (excess int64) {
	s.held = bytes
	return max(0, bytes-s.most)
}

func (s *scarce) Leave() { s.left, s.held = true, 0 }

// TestLogKeepsToItsPortion: the oldest go, counted, and also when others need the memory and nothing comes.
func TestLogKeepsToItsPortion(t *testing.T) {
	const most = 1 << 20
	s, n := &scarce{most: most}, new(Counters)
	l := New(access.History{Messages: 1 << 30, Bytes: 1 << 30}, func() Portion { return s }, n)
	l.Resume(1)
	const messages = 2000
	for range messages {
		l.Keep([]byte("t"), bodyOf("t", 1000))
		if l.bytes > most+settleStep+2000 {
			t.Fatalf("it has %d bytes", l.bytes)
		}
	}
	if l.len() < 800 || int(n.Displaced.Load()) != messages-l.len() || l.next != messages+1 || n.Bytes.Load() != l.bytes {
		t.Errorf("%d are there, and %d had to go; up to %d; %d bytes are counted, of %d", l.len(), n.Displaced.Load(), l.next, n.Bytes.Load(), l.bytes)
	}
	s.most = most / 2
	if l.ForgetOld(); l.bytes > s.most || s.held != l.bytes {
		t.Errorf("it has %d bytes, and says %d", l.bytes, s.held)
	}
	if l.ForgetAll(); !s.left || l.bytes != 0 {
		t.Errorf("at the end it has %d bytes", l.bytes)
	}
	l.ForgetOld()
}
