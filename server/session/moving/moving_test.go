package moving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// session is a Session, and its one socket, of which a test says how it stands.
type session struct {
	standing func(since time.Duration) Standing // nil: nothing is under way
	stranger bool                               // nobody could tell the other bridge who it is
	key      token.Key

	began time.Time
	said  []string // what was done to it, in order
}

func (s *session) say(what string) { s.said = append(s.said, what) }

func (s *session) Keep(context.Context) (release func(), err error) {
	s.say("keep")
	return func() { s.say("released") }, nil
}

func (s *session) Owner() (key string, known bool) { return "", !s.stranger }

func (s *session) Movers() ([]Mover, error) { return []Mover{s}, nil }

func (s *session) Look() Standing {
	if s.standing == nil {
		return Standing{}
	}
	return s.standing(time.Since(s.began))
}

func (s *session) Halt(context.Context) bool {
	s.say("halt")
	return true
}

func (s *session) GoOn() { s.say("go on") }

func (s *session) Pack(states []func() moved.Socket, owner string) (*moved.Session, []token.Key, error) {
	s.say("pack")
	m := &moved.Session{ID: "1", LastSocket: 1, Until: time.Now().Add(time.Minute), Engine: moved.Engine{MaxMessage: 1}}
	for _, state := range states {
		m.Sockets = append(m.Sockets, state())
	}
	return m, []token.Key{s.key}, nil
}

func (s *session) Depart() { s.say("depart") }

func (s *session) Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

func (s *session) Rest() { s.say("rest") }

func (s *session) Leave() (state func() moved.Socket) {
	s.say("leave")
	return func() moved.Socket { return moved.Socket{Number: 1, Type: core.SUB} }
}

func (s *session) Arrive(*moved.Socket) error { return nil }

// depot is a Depot of one parcel.
type depot struct {
	parcel []byte
	broken error
}

func (d *depot) Ready() bool { return true }

func (d *depot) Put(_ context.Context, _ []string, parcel []byte) error {
	d.parcel = parcel
	return d.broken
}

func (d *depot) Get(context.Context, string) ([]byte, func(context.Context) error, error) {
	if d.parcel == nil || d.broken != nil {
		return nil, nil, errNothing
	}
	return d.parcel, func(context.Context) error { return nil }, nil
}

func (d *depot) Late(string, func()) (forget func()) { return func() {} }

// TestLeave: a session on which nothing happens is told to rest, halted, packed and ended, and found by its token.
func TestLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		presented := make([]byte, token.Size)
		s := &session{key: token.KeyOf(presented), began: time.Now()}
		var counters count.Counters
		d := NewDesk(&depot{}, &counters)
		if err := d.Leave(t.Context(), s, time.Minute); err != nil {
			t.Fatal(err)
		}
		want := []string{"keep", "halt", "rest", "leave", "pack", "depart", "go on", "released"}
		if !slices.Equal(s.said, want) {
			t.Errorf("%v, want %v", s.said, want)
		}
		if took := time.Since(s.began); took > restStep {
			t.Errorf("it took %v", took)
		}
		m, _, err := d.Find(t.Context(), presented, true)
		if err != nil || len(m.Sockets) != 1 || counters.MovedOut.Load() != 1 || counters.MovedBytes.Load() == 0 {
			t.Errorf("%+v, %v", m, err)
		}
		if _, _, err := d.Find(t.Context(), presented, false); core.CodeOf(err) != core.Lost {
			t.Errorf("of those that are parked: %v", err)
		}
	})
}

// TestResting: what is waited for, and for how long.
func TestResting(t *testing.T) {
	const patience = restTime
	for name, test := range map[string]struct {
		standing func(since time.Duration) Standing
		takes    time.Duration
		err      error
	}{
		"a backend answers in time":        {func(since time.Duration) Standing { return Standing{Outstanding: since < patience/2} }, patience / 2, nil},
		"a backend never answers":          {func(time.Duration) Standing { return Standing{Outstanding: true} }, patience, nil},
		"the client never answers":         {func(time.Duration) Standing { return Standing{Owes: true} }, patience * 2 / 5, nil},
		"the client is away":               {func(time.Duration) Standing { return Standing{Owes: true, Unsettled: true, Away: true} }, 0, nil},
		"the client was not heard":         {func(since time.Duration) Standing { return Standing{Unsettled: since < patience/4} }, patience / 4, nil},
		"it ends meanwhile":                {func(since time.Duration) Standing { return Standing{Outstanding: true, Over: since > time.Second} }, time.Second, nil},
		"somebody is asked until too late": {func(time.Duration) Standing { return Standing{Asked: true} }, patience, errBusy},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &session{standing: test.standing, began: time.Now()}
				err := NewDesk(&depot{}, &count.Counters{}).Leave(t.Context(), s, time.Minute)
				if !errors.Is(err, test.err) {
					t.Errorf("%v, want %v", err, test.err)
				}
				if took := time.Since(s.began); took < test.takes || took > test.takes+2*restStep {
					t.Errorf("it took %v, want %v", took, test.takes)
				}
				if gone := slices.Contains(s.said, "depart"); gone != (test.err == nil) || s.said[len(s.said)-2] != "go on" {
					t.Errorf("%v", s.said)
				}
			})
		})
	}
}

// TestStranger: who it is could not be told to the other bridge, so the session is not even halted.
func TestStranger(t *testing.T) {
	s := &session{stranger: true}
	err := NewDesk(&depot{}, &count.Counters{}).Yield(t.Context(), s)
	if !errors.Is(err, ErrStays) || !slices.Equal(s.said, []string{"keep", "released"}) {
		t.Errorf("%v, %v", err, s.said)
	}
}

// TestParked: what cannot be left is found here, once.
func TestParked(t *testing.T) {
	presented := make([]byte, token.Size)
	s := &session{key: token.KeyOf(presented)}
	var counters count.Counters
	d := NewDesk(&depot{broken: errNothing}, &counters)
	if err := d.Yield(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	m, take, err := d.Find(t.Context(), presented, false)
	if err != nil || m.ID != "1" || counters.MovesFailed.Load() != 1 || counters.MovedOut.Load() != 0 {
		t.Fatalf("%+v, %v", m, err)
	}
	if err := take(t.Context()); err != nil {
		t.Error(err)
	}
	if err := take(t.Context()); core.CodeOf(err) != core.Lost {
		t.Errorf("taken twice: %v", err)
	}
	if _, _, err := d.Find(t.Context(), presented, true); core.CodeOf(err) != core.Lost {
		t.Errorf("found again: %v", err)
	}
}

// TestParkingIsBounded: what is more than that is lost, until the time of something else is over.
func TestParkingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p parking
		parcel := make([]byte, mostParked/4)
		for i := range 5 {
			p.put([]string{fmt.Sprint(i), fmt.Sprint(i, "too")}, parcel, time.Now().Add(time.Second))
		}
		found := func(place int) bool {
			_, _, err := p.get(fmt.Sprint(place, "too"))
			return err == nil
		}
		if !found(0) || !found(3) || found(4) {
			t.Errorf("%v %v %v", found(0), found(3), found(4))
		}
		time.Sleep(2 * time.Second)
		p.put([]string{fmt.Sprint(5, "too")}, parcel, time.Now().Add(time.Second))
		if found(0) || !found(5) || p.bytes != len(parcel) {
			t.Errorf("%v %v, %d bytes", found(0), found(5), p.bytes)
		}
	})
}

// TestDeskWithoutOthers: a bridge that is alone.
func TestDeskWithoutOthers(t *testing.T) {
	d := NewDesk(nil, &count.Counters{})
	if d.IsOpen() {
		t.Error("it is open")
	}
	if _, _, err := d.Find(t.Context(), make([]byte, token.Size), true); core.CodeOf(err) != core.Lost {
		t.Error(err)
	}
}
