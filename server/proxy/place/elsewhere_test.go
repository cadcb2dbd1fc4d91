package place

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

var name = Place{Type: core.DEALER, Endpoint: address.Endpoint, Identity: "anna"}

// abroad is another bridge.
type abroad struct {
	mu        sync.Mutex
	err       error         // why a name is not to be had
	takes     time.Duration // to answer
	lost      func()
	wanted    func()
	asked     int
	released  int
	dismissed int
}

func (a *abroad) elsewhere() Elsewhere {
	return Elsewhere{
		Hold: func(ctx context.Context, _ Place, lost, wanted func()) (func(), error) {
			if a.takes > 0 {
				select {
				case <-time.After(a.takes):
				case <-ctx.Done():
					return nil, core.NewError(core.Unavailable, "it has not answered in time")
				}
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			a.asked++
			a.lost, a.wanted = lost, wanted
			return func() { a.released++ }, a.err
		},
		Dismiss: func(string) { a.dismissed++ },
	}
}

// says has it answer with this from now on.
func (a *abroad) says(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err = err
}

// count is how often it was asked.
func (a *abroad) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.asked
}

func (s *scene) claimUnique(p Place) (*socket, *endpoint) {
	s.t.Helper()
	k, e := s.client(), newEndpoint()
	if err := k.claims.Make(e, p, true, e.open); err != nil {
		s.t.Fatal(err)
	}
	return k, e
}

// TestElsewhere: what another bridge may have is asked there, once for all pages here that want it one after the other.
func TestElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := newScene(t), &abroad{}
		s.ledger = NewLedger(kept, a.elsewhere())
		first, e := s.claimUnique(name)
		s.hears(e, "open")
		second, e := s.claimUnique(name)
		s.hears(e, "waits: conflict: the identity is in use by another page")
		first.claims.Release()
		s.hears(e, "open")
		if a.asked != 1 || a.released != 0 {
			t.Errorf("asked %d times, given back %d times", a.asked, a.released)
		}
		a.lost()
		if a.dismissed != 1 {
			t.Error("who has it goes on as if nothing had happened")
		}
		second.claims.Release()
		synctest.Wait()
		if a.released != 0 {
			t.Error("what is another's was given back")
		}
		third, e := s.claimUnique(name)
		s.hears(e, "open")
		third.claims.Release()
		synctest.Wait()
		if a.asked != 2 || a.released != 1 {
			t.Errorf("asked %d times, given back %d times", a.asked, a.released)
		}
		_, e = s.claimUnique(address)
		s.hears(e, "open")
		if a.asked != 2 {
			t.Error("an address is no name")
		}
	})
}

// borne is a connection that bears a name.
type borne struct {
	ended   []func()
	vacated int
}

func (b *borne) WhenNameless(_ core.Endpoint, _ string, ended func()) {
	b.ended = append(b.ended, ended)
}
func (b *borne) VacateName(core.Endpoint, string) { b.vacated++ }

// end ends the connection.
func (b *borne) end() {
	ended := b.ended
	b.ended = nil
	for _, end := range ended {
		end()
	}
}

// TestNameOutlastsItsPage: other bridges get a name when no connection bears it any more, which is closed at once when one of them asks. A
// page that comes before that has it without asking.
func TestNameOutlastsItsPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a, b := newScene(t), &abroad{}, &borne{}
		e := a.elsewhere()
		e.Connections = b
		s.ledger = NewLedger(kept, e)
		first, page := s.claimUnique(name)
		s.hears(page, "open")
		a.wanted()
		if b.vacated != 0 {
			t.Error("a connection is closed that is used")
		}
		first.claims.Release()
		synctest.Wait()
		second, page := s.claimUnique(name)
		s.hears(page, "open")
		b.end()
		if a.asked != 1 || a.released != 0 {
			t.Errorf("asked %d times, given back %d times", a.asked, a.released)
		}
		second.claims.Release()
		synctest.Wait()
		a.wanted()
		if a.released != 0 || b.vacated != 1 {
			t.Errorf("given back %d times, closed %d times", a.released, b.vacated)
		}
		b.end()
		if a.released != 1 {
			t.Errorf("given back %d times when the connection has ended", a.released)
		}
		third, page := s.claimUnique(name)
		s.hears(page, "open")
		third.claims.Release()
		synctest.Wait()
		a.lost()
		b.end()
		if a.asked != 2 || a.released != 1 || b.vacated != 2 || a.dismissed != 0 {
			t.Errorf("asked %d times, given back %d times, closed %d times, %d dismissed", a.asked, a.released, b.vacated, a.dismissed)
		}
	})
}

// TestTakenElsewhere: it waits for that as for another page here, and not for an answer that nobody can give.
func TestTakenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := newScene(t), &abroad{err: core.NewError(core.Conflict, "taken")}
		s.ledger = NewLedger(kept, a.elsewhere())
		_, e := s.claimUnique(name)
		s.hears(e, "waits: conflict: taken")
		a.says(nil)
		s.hears(e, "open")

		other := name
		other.Identity = "otto"
		a.says(core.NewError(core.Conflict, "taken"))
		begun := time.Now()
		_, e = s.claimUnique(other)
		s.hears(e, "waits: conflict: taken")
		s.hears(e, "refused: conflict: taken")
		if waited := time.Since(begun); waited != kept+grace {
			t.Errorf("refused after %v", waited)
		}
		k, e := s.claimUnique(other)
		s.hears(e, "waits: conflict: taken")
		k.claims.Drop(e)
		synctest.Wait()
		asked := a.count()
		time.Sleep(2 * askAgain)
		if a.count() != asked {
			t.Error("it is asked for nobody")
		}
		a.says(core.NewError(core.Unavailable, "NATS is away"))
		_, e = s.claimUnique(other)
		s.hears(e, "refused: unavailable: NATS is away")
	})
}

// TestTakenElsewhereTillTheEnd: whoever waits until the time is over learns that another bridge has it, and not that the last question found
// no answer any more.
func TestTakenElsewhereTillTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, a := newScene(t), &abroad{err: core.NewError(core.Conflict, "taken"), takes: askAgain * 3 / 5}
		s.ledger = NewLedger(kept+askAgain/10, a.elsewhere())
		_, e := s.claimUnique(name)
		s.hears(e, "waits: conflict: taken")
		s.hears(e, "refused: conflict: taken")
	})
}
