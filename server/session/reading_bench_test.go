package session_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// requester is a client that says the same again and again, in WebSocket messages that come together.
type requester struct {
	togetherConn
	batches [][]byte
	left    atomic.Int64 // messages that are still to be read
	done    chan struct{}
}

func (c *requester) ReadTogether(ctx context.Context) ([][]byte, error) {
	if c.left.Load() <= 0 {
		c.done <- struct{}{}
		batch, err := c.Read(ctx)
		return [][]byte{batch}, err
	}
	c.left.Add(-int64(len(c.batches)))
	return c.batches, nil
}

// lending is a requester who lends what has come.
type lending struct{ *requester }

func (c lending) Lend(ctx context.Context) ([][]byte, bool, error) {
	batches, err := c.ReadTogether(ctx)
	return batches, true, err
}

func (c lending) Return() {}

// taker is a socket that takes requests, and does nothing about them.
type taker struct{ *sockets }

// Gatherer says that the socket itself gathers.
func (k taker) Gatherer() session.Gatherer { return k }

func (taker) Gather(*core.Request, time.Time) (bool, error) { return true, nil }
func (taker) Settle()                                       {}
func (taker) Pass()                                         {}

// BenchmarkFeeding is what it takes per request to have it taken, each in a WebSocket message of its own.
func BenchmarkFeeding(b *testing.B) {
	for _, together := range []int{1, 4, 16, 160} {
		b.Run(strconv.Itoa(together), func(b *testing.B) {
			host := newSockets()
			bridge := sessiontest.NewBridge(b, func(h *session.Handle, f *core.Frame) session.Socket { return taker{host} })
			c := &requester{togetherConn: togetherConn{Client: sessiontest.New(b)}, done: make(chan struct{})}
			go bridge.Serve(lending{c}, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
			<-c.done
			c.Await(core.KindWelcome)
			c.Send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://127.0.0.1:1")})
			<-c.done
			body := core.Message{make([]byte, 64)}
			for range together {
				c.batches = append(c.batches, core.AppendFrame(nil, &core.Frame{Kind: core.KindRequest, Socket: 1, ID: 300, Parts: body}))
			}
			b.ResetTimer()
			c.left.Store(int64(b.N))
			c.Send(core.Frame{Kind: core.KindPong, ID: 1}) // ends the Read that has begun
			<-c.done
		})
	}
}
