package receiving

import (
	"context"
	"iter"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// scene is a client with one SUB, which is connected to nothing.
type scene struct {
	*sessiontest.Client
	handle *session.Handle
}

// socket has no ZeroMQ side.
type socket struct{}

func (socket) Handle(*core.Frame) error              { return nil }
func (socket) Upstreams() iter.Seq[session.Upstream] { return func(func(session.Upstream) bool) {} }
func (socket) HandIn()                               {}
func (socket) Missed()                               {}
func (socket) Away()                                 {}
func (socket) Judge(context.Context)                 {}
func (socket) Asks(*core.Frame) bool                 { return false }
func (socket) Release(session.Farewell)              {}

func newScene(t *testing.T) *scene {
	made := make(chan *session.Handle, 1)
	bridge := sessiontest.NewBridge(t, func(h *session.Handle, _ *core.Frame) session.Socket {
		made <- h
		return socket{}
	})
	s := &scene{Client: bridge.Client()}
	s.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: 100, Bytes: 1 << 20, Text: []byte("tcp://127.0.0.1:1")})
	s.handle = <-made
	return s
}

// inflow is one that was not opened.
func (s *scene) inflow(held bool) *Inflow {
	return NewInflow(Config{Handle: s.handle, Number: 1, Held: held, Terms: new(access.Terms), Tally: new(meter.Tally)})
}

// ping returns all that came before the answer.
func (s *scene) ping(id uint64) []core.Frame {
	s.Send(core.Frame{Kind: core.KindPing, ID: id})
	return s.Until(core.KindPong)
}
