package port

import (
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// members are the ports of a socket, among which what it receives is shared out: in turn, past those that have no room.
// When none has, the connections that hold a message wait, longest first, and their peers feel it.
type members struct {
	connections *zmtp.Config
	drops       *drop.Counters
	limit       int // ports at a time; 0: any number

	mu       sync.Mutex
	ports    []*Port
	turn     int       // index of the port to be asked first
	waiting  []*intake // connections that hold a message
	handover *handover // nil: what nobody has taken is for whoever comes next
}

// join makes x a member. The error is errTaken when the socket cannot be shared.
func (s *members) join(x *Port) error {
	missed, err := s.admit(x)
	x.missed(missed)
	return err
}

// admit also returns how much x is to be told it has missed.
func (s *members) admit(x *Port) (missed uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit > 0 && len(s.ports) >= s.limit {
		return 0, errTaken
	}
	s.ports = append(s.ports, x)
	missed = s.handover.begin()
	s.wakeFirst()
	return missed, nil
}

// retire takes x out.
func (s *members) retire(x *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.ports, x); i >= 0 {
		s.ports = slices.Delete(s.ports, i, i+1)
		s.handover.abandon()
		s.wakeFirst()
	}
}

// leave is part of pattern.
func (s *members) leave(*Port) {}

// resume notes that x has room again.
func (s *members) resume(x *Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.full = false
	x.resumed++
	s.wakeFirst()
}

// arrival is what a connection has for the members: a message, or that there was one over a limit.
type arrival struct {
	message core.Message
	excess  bool
}

// give offers it to a port.
func (a arrival) give(x *Port) bool {
	if a.excess {
		return x.receiveExcess(nil)
	}
	return x.receive(a.message)
}

// offer gives a to the next member that takes it. Only the connection that has waited longest may go past others that
// wait.
func (s *members) offer(a arrival, first bool) bool {
	if s.forNobody() {
		s.drops.Add(drop.Closed)
		return true
	}
	for {
		x, resumed := s.next(first)
		if x == nil {
			return false
		}
		if a.give(x) {
			return true
		}
		s.full(x, resumed)
	}
}

// next is the member whose turn it is, and how often it had resumed then; nil: none has room.
func (s *members) next(first bool) (x *Port, resumed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) > 0 && !first {
		return nil, 0
	}
	for i := range s.ports {
		at := (s.turn + i) % len(s.ports)
		if x := s.ports[at]; !x.full {
			s.turn = at + 1
			return x, x.resumed
		}
	}
	return nil, 0
}

// full notes that x had no room, unless it has resumed since.
func (s *members) full(x *Port, resumed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.full = x.resumed == resumed
}

// wakeFirst lets the connection that has waited longest try again, if that makes sense. The caller holds the lock.
func (s *members) wakeFirst() {
	hasRoom := func(x *Port) bool { return !x.full }
	if len(s.waiting) == 0 || !s.handover.dropping() && !slices.ContainsFunc(s.ports, hasRoom) {
		return
	}
	select {
	case s.waiting[0].wake <- struct{}{}:
	default:
	}
}

// intake is the receiving end of one connection.
type intake struct {
	members *members
	peer    *zmtp.Conn
	wake    chan struct{} // holds a token when the message that waits may find room
}

// lifeSign is how often the silence of a connection that is not read is excused, on both ends: well within the timeout of
// any heartbeat in use.
const lifeSign = 100 * time.Millisecond

func (s *members) intake(p *zmtp.Conn) *intake {
	s.attend(p)
	return &intake{members: s, peer: p, wake: make(chan struct{}, 1)}
}

// take hands m to a member, however long that takes. It is called in the reader goroutine, which reads nothing else
// meanwhile. It gives up when stop is closed.
func (i *intake) take(m core.Message, stop <-chan struct{}) error {
	return i.handOn(arrival{message: m}, stop)
}

// takeExcess is take for a message that was left out because it was over a limit: it is missing where it would have been.
func (i *intake) takeExcess(core.Message, *core.Error) error {
	return i.handOn(arrival{excess: true}, i.peer.Gone())
}

func (i *intake) handOn(a arrival, stop <-chan struct{}) error {
	if i.members.offer(a, false) {
		return nil
	}
	return i.hold(a, stop)
}

func (i *intake) hold(a arrival, stop <-chan struct{}) error {
	i.queueUp()
	defer i.leave()
	tick := time.NewTicker(lifeSign)
	defer tick.Stop()
	for {
		select {
		case <-i.wake:
			if i.members.offer(a, true) {
				return nil
			}
		case <-tick.C:
			i.peer.Excuse()
		case <-stop:
			i.members.drops.Add(drop.Closed)
			return zmtp.ErrGone
		}
	}
}

func (i *intake) queueUp() {
	s := i.members
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-i.wake: // from the last time
	default:
	}
	s.waiting = append(s.waiting, i)
	s.wakeFirst() // there may be room since the message was refused
}

func (i *intake) leave() {
	s := i.members
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = slices.DeleteFunc(s.waiting, func(other *intake) bool { return other == i })
	s.wakeFirst()
}
