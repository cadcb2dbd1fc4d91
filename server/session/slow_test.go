package session_test

import (
	"context"
	"iter"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// sockets are sockets without a ZeroMQ side. They tell which were made, and which frames they were handed.
type sockets struct {
	made    chan *session.Handle
	handled chan core.Kind
	act     func() // done with a socket that is made; nil: nothing
}

func newSockets() *sockets {
	return &sockets{made: make(chan *session.Handle, 10), handled: make(chan core.Kind, 100)}
}

func (s *sockets) make(h *session.Handle, _ *core.Frame) session.Socket {
	s.made <- h
	if s.act != nil {
		s.act()
	}
	return s
}

func (s *sockets) Handle(f *core.Frame) error {
	s.handled <- f.Kind
	return nil
}

func (s *sockets) Upstreams() iter.Seq[session.Upstream] { return func(func(session.Upstream) bool) {} }
func (s *sockets) HandIn()                               {}
func (s *sockets) Missed()                               {}
func (s *sockets) Away()                                 {}
func (s *sockets) Judge(context.Context)                 {}
func (s *sockets) Asks(*core.Frame) bool                 { return false }

func (s *sockets) Release(session.Farewell) {}

// TestSocketThatWasTooSlow is closed, once and alone. What the client sent before it knew is ignored.
func TestSocketThatWasTooSlow(t *testing.T) {
	host := newSockets()
	c := sessiontest.NewBridge(t, host.make).Client()
	open := core.Frame{Kind: core.KindOpen, ID: 1, Type: core.SUB, Text: []byte("tcp://127.0.0.1:1")}
	for id := range uint32(2) {
		open.Socket = id + 1
		c.Send(open)
		<-host.handled
	}
	slow, other := <-host.made, <-host.made

	m := core.Message{[]byte("a")}
	terms := outbox.Terms{Overflow: core.CloseSlow, Chosen: true, HWM: 1}
	slow.Lock()
	slow.Queue().Subscribe(1, []byte("a"), terms)
	slow.Unlock()
	for range 3 {
		slow.Offer(&outbox.Entry{Body: core.EncodeBody(m), Size: m.Size()})
	}
	if f := c.Await(core.KindClosed); f.Socket != 1 || f.Code != core.Busy {
		t.Errorf("got %+v", f)
	}
	c.Send(core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1, Bytes: 1},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 3},
		core.Frame{Kind: core.KindUnsubscribe, Socket: 1, ID: 1},
		core.Frame{Kind: core.KindOpen, Socket: 1, ID: 2, Type: core.SUB, Text: []byte("tcp://127.0.0.1:3")},
		core.Frame{Kind: core.KindRequest, Socket: 1, ID: 9, Parts: m},
		core.Frame{Kind: core.KindSubscribe, Socket: 2, ID: 1})
	if f := c.Await(core.KindFailed); f.Socket != 1 || f.ID != 9 || f.Code != core.Closed {
		t.Errorf("the request was answered with %+v", f)
	}
	if kind := <-host.handled; kind != core.KindSubscribe {
		t.Errorf("a socket that is closed was handed %v", kind)
	}
	if len(host.handled) > 0 {
		t.Errorf("handled %v too", <-host.handled)
	}
	if err := other.Send(core.Frame{Kind: core.KindState, ID: 1}); err != nil {
		t.Error(err)
	}
	c.Await(core.KindState)
}
