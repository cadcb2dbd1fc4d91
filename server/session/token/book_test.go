package token

import (
	"testing"
	"time"
)

// TestBook: of the tokens that a client may have, all find its session until it was heard, and then the latest.
func TestBook(t *testing.T) {
	b := Book[*int]{}
	mine, other := new(int), new(int)
	ring, first := b.Admit(mine, 0)
	_, others := b.Admit(other, 0)
	second := b.Renew(mine, &ring, first)
	third := b.Renew(mine, &ring, first) // the second one got lost
	finds(t, b, mine, first, second, third)
	fourth := b.Renew(mine, &ring, second) // it was on its way after all, so the first one is of no use to anybody
	finds(t, b, nil, first)
	finds(t, b, mine, second, third, fourth)
	if !ring.Hear() {
		t.Error("there are no older ones")
	}
	b.Settle(&ring)
	finds(t, b, nil, first, second, third)
	finds(t, b, mine, fourth)
	if ring.Hear() {
		t.Error("there are older ones")
	}
	b.Forget(&ring)
	finds(t, b, nil, fourth, []byte("never issued"), nil)
	finds(t, b, other, others)
	if len(b) != 1 {
		t.Errorf("%d tokens are kept", len(b))
	}
}

func finds(t *testing.T, b Book[*int], want *int, tokens ...[]byte) {
	t.Helper()
	for i, token := range tokens {
		if b.Find(token) != want {
			t.Errorf("token %d finds another session, or none", i+1)
		}
	}
}

// TestResumingTooOften: as often at once as it says, and so many times a second for ever.
func TestResumingTooOften(t *testing.T) {
	ring, _ := Book[int]{}.Admit(1, 0)
	resumes := func(now time.Duration) (n int) {
		for ring.MayResume(now) {
			n++
		}
		return n
	}
	for _, test := range []struct {
		now  time.Duration
		want int
	}{{0, resumeBurst}, {0, 0}, {time.Second, resumeRate}, {time.Hour, resumeBurst}} {
		if n := resumes(test.now); n != test.want {
			t.Errorf("at %v: %d times, want %d", test.now, n, test.want)
		}
	}
}

// TestTooManyTokens: of a client that is never heard, so many are on their way.
func TestTooManyTokens(t *testing.T) {
	b := Book[int]{}
	ring, token := b.Admit(1, 0)
	for ring.MayResume(0) {
		b.Renew(1, &ring, token)
	}
	if len(b) != maxIssued {
		t.Errorf("%d tokens", len(b))
	}
}
