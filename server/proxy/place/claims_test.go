package place

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

var address = Place{Type: core.ROUTER, Endpoint: core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 1}}

const taken = "waits: conflict: the address is in use by another page"

// TestFirstComeFirstServed: to the next who waits and still wants it.
func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		sockets, endpoints := s.queue(3)
		sockets[1].claims.Drop(endpoints[1])
		sockets[0].claims.Drop(endpoints[0])
		s.hears(endpoints[2], "open")
		sockets[2].claims.Drop(endpoints[2])
		_, fourth := s.claim(address)
		s.hears(fourth, "open")
		for i, k := range sockets {
			if n := k.waiting(); n != 0 {
				t.Errorf("client %d has %d claims that wait", i+1, n)
			}
		}
	})
}

// TestPlacesAreApart: who has one is in nobody's way at another.
func TestPlacesAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		name, otherName, otherType := address, address, address
		name.Identity, otherName.Identity, otherType.Type = "anna", "otto", core.XPUB
		for _, p := range []Place{address, name, otherName, otherType} {
			_, e := s.claim(p)
			s.hears(e, "open")
		}
		_, e := s.claim(name)
		s.hears(e, "waits: conflict: the identity is in use by another page")
	})
}

// TestThatCannotBeOpened: then the one after it has the place.
func TestThatCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		sockets, endpoints := s.queue(3)
		endpoints[1].fails = errors.New("no such device")
		sockets[0].claims.Release()
		s.hears(endpoints[1], "refused: no such device")
		s.hears(endpoints[2], "open")
	})
}

// TestClosedWhileItIsOpened: a socket that goes at this moment gives the place on when that is over.
func TestClosedWhileItIsOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		sockets, endpoints := s.queue(3)
		endpoints[1].while = func() { sockets[1].Release(session.Farewell{}) }
		sockets[0].claims.Release()
		s.hears(endpoints[1], "open")
		s.hears(endpoints[2], "open")
	})
}

// TestWaitsInVain: as long as a place is kept for somebody who is away, and a little longer.
func TestWaitsInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		begun := time.Now()
		sockets, endpoints := s.queue(2)
		s.hears(endpoints[1], "refused: conflict: the address is in use by another page")
		if waited := time.Since(begun); waited != kept+grace {
			t.Errorf("refused after %v", waited)
		}
		sockets[0].claims.Release()
		synctest.Wait()
		if len(endpoints[1].news) > 0 || sockets[1].waiting() != 0 {
			t.Error("it is still waiting")
		}
	})
}

// TestTooManyWait: of one client, and at one place.
func TestTooManyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.claim(address)
		made := 0
		for made < maxWaiting {
			k := s.client()
			for range min(maxClaims, maxWaiting-made) {
				e := newEndpoint()
				if err := k.claims.Make(e, address, false, e.open); err != nil {
					t.Fatal(err)
				}
				made++
			}
			e := newEndpoint()
			if err := k.claims.Make(e, address, false, e.open); err == nil || !strings.Contains(err.Error(), "too much already") {
				t.Errorf("a client's claim %d: %v", maxClaims+1, err)
			}
		}
		e := newEndpoint()
		k := s.client()
		if err := k.claims.Make(e, address, false, e.open); core.CodeOf(err) != core.Conflict || !strings.Contains(err.Error(), "too many wait") {
			t.Errorf("claim %d at a place: %v", made+1, err)
		}
		if n := k.waiting(); n != 0 {
			t.Errorf("%d wait", n)
		}
		if n := s.bridge.Counters().ClaimsRefused.Load(); n != maxWaiting/maxClaims+1 {
			t.Errorf("%d are counted as refused", n)
		}
	})
}
