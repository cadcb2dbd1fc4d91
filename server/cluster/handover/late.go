package handover

import (
	"sync"

	"github.com/nats-io/nats.go"
)

// latecomers are those who have asked for a session in vain, and want to know if it is left after all. There is one for a session of this
// bridge at most.
type latecomers struct {
	mu sync.Mutex
	at map[string]*latecomer // by the place where it would be
}

type latecomer struct{ told func() }

// Late implements server.Depot. Of several at one place the last one is told.
func (s *Store) Late(place string, told func()) (forget func()) {
	l, who := &s.late, &latecomer{told}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[string]*latecomer{}
	}
	l.at[place] = who
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.at[place] == who {
			delete(l.at, place)
		}
	}
}

// leftAt is where bridges say at which places they have left sessions that others had asked for.
func (s *Store) leftAt() string { return "zwb." + s.conn.Name() + ".left" }

// isLeft is told of such a place. Whoever has asked in time takes what is there, and is not among the latecomers.
func (s *Store) isLeft(m *nats.Msg) {
	place := string(m.Data)
	s.late.mu.Lock()
	who := s.late.at[place]
	delete(s.late.at, place)
	s.late.mu.Unlock()
	if who != nil {
		who.told()
	}
}
