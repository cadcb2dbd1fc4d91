package pacing

import (
	"fmt"
	"testing"
	"time"
)

// sends is how many messages a socket sends before it has to wait.
func sends(s *Slot, now time.Time) (n int) {
	for ; n < 1000 && s.Wait(now) == 0; n++ {
		s.Spend()
	}
	return n
}

func follow(b *Book, sender, endpoint string, rate float64) *Slot {
	s := new(Slot)
	s.Follow([]*Pace{b.Of(sender, endpoint, rate)})
	return s
}

// TestSendersHaveOnePace: whatever sockets they have, and had; and others have another.
func TestSendersHaveOnePace(t *testing.T) {
	b, now := NewBook(100), time.Now()
	first := follow(b, "bob", "jobs", 100)
	if got := sends(first, now); got != 11 {
		t.Errorf("%d leave at once", got)
	}
	second := follow(b, "bob", "jobs", 100)
	if got := sends(second, now); got != 0 {
		t.Errorf("%d more leave through a second socket", got)
	}
	second.Follow(nil)
	first.Follow(nil)
	third := follow(b, "bob", "jobs", 100)
	if got := sends(third, now); got != 0 {
		t.Errorf("%d more leave through a third one, when both are closed", got)
	}
	if wait := third.Wait(now); wait <= 0 || wait > 20*time.Millisecond {
		t.Errorf("the third has to wait for %v", wait)
	}
	for _, other := range []*Slot{follow(b, "eve", "jobs", 100), follow(b, "bob", "chat", 100), new(Slot)} {
		if sends(other, now) < 11 {
			t.Error("somebody else has to wait for it")
		}
	}
}

// TestSocketsTakeTurns: each that waits has a time of its own, which others get when it is given up.
func TestSocketsTakeTurns(t *testing.T) {
	b, now := NewBook(100), time.Now()
	sends(follow(b, "bob", "jobs", 10), now)
	var sockets []*Slot
	for range 20 {
		sockets = append(sockets, follow(b, "bob", "jobs", 10))
		sockets[len(sockets)-1].Wait(now)
	}
	if early, late := sockets[0].Wait(now), sockets[19].Wait(now); late-early != 1900*time.Millisecond {
		t.Errorf("the first waits for %v and the last for %v", early, late)
	}
	for _, s := range sockets[10:] {
		s.Follow(nil)
	}
	if got := follow(b, "bob", "jobs", 10).Wait(now); got != sockets[9].Wait(now)+100*time.Millisecond {
		t.Errorf("the next one waits for %v", got)
	}
}

// TestBookIsBounded: those are forgotten who have no socket.
func TestBookIsBounded(t *testing.T) {
	const most = 50
	b, now := NewBook(most), time.Now()
	kept := follow(b, "bob", "jobs", 0.001)
	sends(kept, now)
	for i := range 10 * most {
		s := follow(b, fmt.Sprint("eve", i), "jobs", 0.001)
		sends(s, now)
		s.Follow(nil)
	}
	if len(b.paces) > most {
		t.Errorf("%d are remembered", len(b.paces))
	}
	if got := sends(follow(b, "bob", "jobs", 0.001), now); got != 0 {
		t.Error("somebody was forgotten who has a socket")
	}
}
