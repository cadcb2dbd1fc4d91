package retention

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// session is a Session.
type session struct {
	held  int
	until time.Time
	ring  token.Ring
	ended bool
	of    *Retention[*session]
}

func (s *session) Due() (held int, over bool) { return s.held, time.Now().After(s.until) }

func (s *session) Expire() {
	s.ended = true
	s.of.Forget(s, &s.ring)
}

// scene is a Retention with sessions that wait, each for a minute.
func scene(sessions, bytes int, held ...int) (r *Retention[*session], all []*session, tokens [][]byte, counters *count.Counters) {
	counters = &count.Counters{}
	r = New[*session](func() (int, int) { return sessions, bytes }, counters)
	for _, held := range held {
		s := &session{held: held, until: time.Now().Add(time.Minute), of: r}
		tokens = append(tokens, r.Admit(s, &s.ring, 0))
		r.Keep(s)
		all = append(all, s)
	}
	return r, all, tokens, counters
}

// TestExpiry: a session ends by itself when its time is over, and its token is of no use then.
func TestExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, all, tokens, _ := scene(10, 10, 1, 1)
		defer r.Close()
		all[1].until = time.Now().Add(time.Hour)
		if r.Count() != 2 || !slices.Equal(r.Waiting(), all) || r.Find(tokens[0]) != all[0] {
			t.Fatalf("%d wait", r.Count())
		}
		time.Sleep(time.Minute + 2*sweepEvery)
		synctest.Wait()
		if !all[0].ended || all[1].ended || r.Count() != 1 || r.Find(tokens[0]) != nil || r.Find(tokens[1]) != all[1] {
			t.Errorf("%v %v, %d wait", all[0].ended, all[1].ended, r.Count())
		}
	})
}

// TestTooMuchWaits: the oldest have to go, of those that are too many or too large.
func TestTooMuchWaits(t *testing.T) {
	for name, test := range map[string]struct {
		sessions, bytes int
		held            []int
		ends            []bool
	}{
		"sessions": {2, 100, []int{1, 1, 1}, []bool{true, false, false}},
		"bytes":    {10, 100, []int{50, 1, 60}, []bool{true, false, false}},
		"none":     {10, 100, []int{50, 50}, []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, all, _, counters := scene(test.sessions, test.bytes, test.held...)
				defer r.Close()
				r.Sweep()
				dropped := 0
				for i, s := range all {
					if s.ended != test.ends[i] {
						t.Errorf("session %d ends: %v", i, s.ended)
					}
					if s.ended {
						dropped++
					}
				}
				if n := counters.SessionsDropped.Load(); n != uint64(dropped) || n != counters.Limits[limit.Retained].Load() {
					t.Errorf("%d were dropped", n)
				}
			})
		})
	}
}

// TestComingBack: a session whose client has come back does not wait any more, and is found by its new token, which alone holds once the
// client was heard.
func TestComingBack(t *testing.T) {
	r, all, tokens, _ := scene(10, 10, 1)
	defer r.Close()
	s := all[0]
	second := r.Renew(s, &s.ring, tokens[0])
	if r.Count() != 0 || r.Find(second) != s || r.Find(tokens[0]) != s || r.IsSettled(&s.ring) || len(r.Keys(&s.ring)) != 2 {
		t.Errorf("%d wait", r.Count())
	}
	r.Settle(&s.ring)
	if r.Find(tokens[0]) != nil || r.At(token.KeyOf(second).Place) != s || !r.IsSettled(&s.ring) {
		t.Error("both tokens hold")
	}
}

// TestClose: those that wait are ended, and none is kept.
func TestClose(t *testing.T) {
	r, all, _, _ := scene(10, 10, 1, 1)
	r.Close()
	if !all[0].ended || !all[1].ended || r.Count() != 0 || r.Keep(all[0]) {
		t.Errorf("%d wait", r.Count())
	}
}
