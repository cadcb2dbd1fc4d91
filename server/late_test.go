package server

import (
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// Late is part of Depot.
func (s *shelf) Late(place string, told func()) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.late == nil {
		s.late = map[string]func(){}
	}
	s.late[place] = told
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.late, place)
	}
}

// awaited are how many sessions want to know of what is left late.
func (s *shelf) awaited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// TestLastBridgeGoesOn: a bridge has stood still, and its client has begun anew at another one. When it goes on, and has learned where its client is, the
// client is told that messages may be missing of what only one bridge gets.
func TestLastBridgeGoesOn(t *testing.T) {
	depot := &shelf{}
	a, urlA := startBridge(t, movable(depot))
	_, urlB := startBridge(t, movable(depot))
	welcome, there := hello(t, urlA, nil, "anna", nil)
	if err := there.Write(t.Context(), core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Read(t.Context()); err != nil {
		t.Fatal(err)
	}

	again, here := hello(t, urlB, nil, "anna", welcome.Name)
	if again.Code != core.Lost {
		t.Fatalf("Welcome %+v", again)
	}
	var opens []byte
	types := map[uint32]core.SocketType{1: core.SUB, 2: core.PULL, 3: core.DEALER, 4: core.PUSH, 5: core.REQ, 6: core.PAIR}
	for number := uint32(1); number <= 6; number++ {
		opens = core.AppendFrame(opens, &core.Frame{Kind: core.KindOpen, Socket: number, ID: 1, Type: types[number], Text: []byte("tcp://127.0.0.1:9")})
	}
	if err := here.Write(t.Context(), core.AppendFrame(opens, &core.Frame{Kind: core.KindPing, ID: 1})); err != nil {
		t.Fatal(err)
	}
	var gaps []uint32
	read := func(until func(*core.Frame) bool) {
		for ended := false; !ended; {
			batch, err := here.Read(t.Context())
			for len(batch) > 0 && err == nil {
				var f core.Frame
				batch, err = core.ParseFrame(batch, &f)
				if f.Kind == core.KindGap {
					gaps = append(gaps, f.Socket)
					if f.Messages != 0 || f.Code != core.Lost {
						t.Errorf("Gap %+v", f)
					}
				}
				ended = ended || until(&f)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	read(func(f *core.Frame) bool { return f.Kind == core.KindPong })
	if len(gaps) > 0 || depot.awaited() != 1 {
		t.Fatalf("gaps at %v; %d sessions wait", gaps, depot.awaited())
	}
	if !a.Yield(t.Context(), sha256.Sum256(welcome.Name), func() {}) {
		t.Fatal("the session does not leave")
	}
	read(func(*core.Frame) bool { return len(gaps) == 3 })
	if slices.Sort(gaps); !slices.Equal(gaps, []uint32{2, 3, 6}) {
		t.Errorf("gaps at %v", gaps)
	}
}

// TestNobodyIsAwaited: with a session ends that it wants to know of its last one.
func TestNobodyIsAwaited(t *testing.T) {
	depot := &shelf{}
	b, url := startBridge(t, movable(depot))
	_, conn := hello(t, url, nil, "anna", make([]byte, token.Size))
	if n := depot.awaited(); n != 1 {
		t.Fatalf("%d wait", n)
	}
	conn.Drop()
	waitFor(t, "the cut", func() bool { return b.Stats().Connections == 0 })
	b.Close()
	if n := depot.awaited(); n != 0 {
		t.Errorf("%d still wait", n)
	}
}
