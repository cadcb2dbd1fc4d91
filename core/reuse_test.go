package core

import (
	"testing"
	"time"
)

// replies appends some, has them taken as if they were written, and returns what was taken.
func replies(t testing.TB, s *Session, count int, spans [][]byte) [][]byte {
	t.Helper()
	m := Message{make([]byte, 64)}
	for range count {
		if err := s.AppendReply(1, 1000, m); err != nil {
			t.Fatal(err)
		}
	}
	return s.TakeSpans(spans[:0], 0)
}

// TestRepliesAllocateNothing in the long run, whether each message is acknowledged before the next or some are on their way, and of what
// size these are.
func TestRepliesAllocateNothing(t *testing.T) {
	for _, count := range []int{1, 16, 100} {
		for _, behind := range []int{0, 1, 3} {
			s := openBridge(t)
			var few [4][]byte
			var sent [4]uint64 // by the last messages
			round := func() {
				replies(t, s, count, few[:])
				s.Written()
				copy(sent[1:], sent[:])
				sent[0] = s.Sent()
				if err := s.acked(sent[behind]); err != nil {
					t.Fatal(err)
				}
			}
			for range 100 {
				round()
			}
			if got := testing.AllocsPerRun(1000, round); got > 0 {
				t.Errorf("%v allocations for %d replies, if %d messages are not acknowledged", got, count, behind)
			}
		}
	}
}

// TestNotReusedWhileItIsWritten: a client may acknowledge what is still being written to it.
func TestNotReusedWhileItIsWritten(t *testing.T) {
	s := openBridge(t)
	for range 5 {
		replies(t, s, 16, nil)
		s.Written()
		s.acked(s.Sent())
	}
	var writing flight
	for n := range 5 {
		s.AppendReply(1, 1, Message{{byte(n)}}) // so that no two messages are the same
		writing.begin(replies(t, s, 16, nil))
		if err := s.acked(s.Sent()); err != nil {
			t.Fatal(err)
		}
	}
	if !writing.unchanged() {
		t.Error("what is being written has changed")
	}
}

// TestSpareMemoryGoes when nothing comes for a heartbeat, and when the client is away.
func TestSpareMemoryGoes(t *testing.T) {
	for name, pause := range map[string]func(*Session){
		"silence":            func(s *Session) { s.Tick(s.Next()) },
		"the client is away": func(s *Session) { s.Cut() },
	} {
		s := openBridge(t)
		for range 10 {
			replies(t, s, 100, nil)
			s.Written()
			s.acked(s.Sent())
		}
		if held := s.journal.memory(); held < 1000 || held > maxPiece {
			t.Errorf("%d bytes are kept for the next replies", held)
		}
		if pause(s); s.journal.memory() > firstPiece {
			t.Errorf("%d bytes are kept after %s", s.journal.memory(), name)
		}
		if replies(t, s, 10, nil); s.journal.held() == 0 {
			t.Error("nothing is appended afterwards")
		}
	}
}

// TestWrittenBefore is not written once it is sent again.
func TestWrittenBefore(t *testing.T) {
	s := openBridge(t)
	replies(t, s, 16, nil)
	s.Written()
	s.Cut()
	if err := s.Resume(&Frame{Limit: DefaultMaxMessage}, []byte("token"), time.Second); err != nil {
		t.Fatal(err)
	}
	var writing flight
	writing.begin(s.TakeSpans(nil, time.Second)[1:]) // behind Welcome
	s.acked(s.Sent())
	s.AppendReply(1, 1, Message{{1}})
	replies(t, s, 16, nil)
	if !writing.unchanged() {
		t.Error("what is being written has changed")
	}
}
