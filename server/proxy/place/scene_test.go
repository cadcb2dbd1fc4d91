package place

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// kept is how long the scene's Ledger keeps a place for somebody who is away.
const kept = sessiontest.Patience / 3

// scene is a bridge whose sockets have claims, and nothing else.
type scene struct {
	t      *testing.T
	bridge *sessiontest.Bridge
	ledger *Ledger
	made   chan *socket
}

type socket struct {
	handle *session.Handle
	claims *Claims
}

func (s *socket) Handle(*core.Frame) error              { return nil }
func (s *socket) Upstreams() iter.Seq[session.Upstream] { return func(func(session.Upstream) bool) {} }
func (s *socket) HandIn()                               {}
func (s *socket) Missed()                               {}
func (s *socket) Away()                                 { s.claims.Away() }

func (s *socket) Judge(context.Context) {}
func (s *socket) Asks(*core.Frame) bool { return false }

func (s *socket) Release(session.Farewell) {
	s.claims.End()
	s.claims.Release()
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, ledger: NewLedger(kept, Elsewhere{}), made: make(chan *socket, 1)}
	s.bridge = sessiontest.NewBridge(t, s.newSocket)
	return s
}

func (s *scene) newSocket(h *session.Handle, _ *core.Frame) session.Socket {
	k := &socket{handle: h, claims: NewClaims(s.ledger, h)}
	s.made <- k
	return k
}

// client is a new client's only socket.
func (s *scene) client() *socket {
	s.t.Helper()
	s.bridge.Client().Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.ROUTER, Messages: 1, Bytes: 1})
	return <-s.made
}

// waiting is how many claims of the socket's client wait.
func (s *socket) waiting() int {
	s.handle.Lock()
	defer s.handle.Unlock()
	return s.handle.Usage().Claims
}

// endpoint is a Claimant that keeps what it is told: that it has to wait, that it is refused, or that it is open.
type endpoint struct {
	news  chan string
	fails error  // why it cannot be opened
	while func() // runs while it is opened; nil: nothing does
}

func newEndpoint() *endpoint { return &endpoint{news: make(chan string, 10)} }

func (e *endpoint) Down(err error)   { e.news <- "waits: " + err.Error() }
func (e *endpoint) Refuse(err error) { e.news <- "refused: " + err.Error() }

func (e *endpoint) open() error {
	if e.while != nil {
		e.while()
	}
	if e.fails == nil {
		e.news <- "open"
	}
	return e.fails
}

// hears checks what an endpoint is told next.
func (s *scene) hears(e *endpoint, want string) {
	s.t.Helper()
	select {
	case got := <-e.news:
		if got != want {
			s.t.Errorf("told %q, want %q", got, want)
		}
	case <-time.After(2 * kept):
		s.t.Errorf("told nothing, want %q", want)
	}
}

// queue is so many new clients that want the address: the first has it, and the others wait.
func (s *scene) queue(length int) (sockets []*socket, endpoints []*endpoint) {
	s.t.Helper()
	for i := range length {
		k, e := s.claim(address)
		sockets, endpoints = append(sockets, k), append(endpoints, e)
		if i == 0 {
			s.hears(e, "open")
		} else {
			s.hears(e, taken)
		}
	}
	return sockets, endpoints
}

// claim claims a place for an endpoint of a new client.
func (s *scene) claim(p Place) (*socket, *endpoint) {
	s.t.Helper()
	k, e := s.client(), newEndpoint()
	if err := k.claims.Make(e, p, false, e.open); err != nil {
		s.t.Error(err)
	}
	return k, e
}
