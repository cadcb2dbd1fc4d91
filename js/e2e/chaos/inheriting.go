package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// A name is handed over after so long, at most, and its owner tells the ROUTER its number so often.
const (
	maxTenure    = 500 * time.Millisecond
	announceEach = 100 * time.Millisecond
)

// heir is a socket that has a name, or waits for it.
type heir struct {
	*record.Heir
	socket *zmq.Socket
	stop   context.CancelFunc
	ended  sync.WaitGroup
	served chan struct{} // closed when it gets something that was meant for it
}

// inherit makes one socket after another with the same name, on two contexts in turn. The next one claims the name while the
// one before has it, is told so, and gets it when that one is closed.
func (c *goClient) inherit(ctx context.Context, contexts [2]*zmq.Context, first uint64) {
	var owner *heir
	for number := first; ctx.Err() == nil; number++ {
		next, err := c.claim(contexts[number%2], number)
		if err != nil {
			c.wrong(err)
			break
		}
		if owner != nil {
			c.refused(ctx, next)
			owner.close()
		}
		owner = next
		select {
		case <-next.served:
		case <-ctx.Done():
		case <-time.After(requestTimeout):
			c.wrong(fmt.Errorf("hang: heir %d gets nothing", number))
		}
		schedule.Wait(ctx, rand.N(maxTenure))
	}
	if owner != nil {
		owner.close()
	}
}

// claim makes the next socket.
func (c *goClient) claim(z *zmq.Context, number uint64) (*heir, error) {
	h := &heir{Heir: c.heirs.Next(number), served: make(chan struct{})}
	h.socket = z.SocketWith(zmq.DEALER, zmq.SocketOptions{Identity: "heir of the " + c.name + " client"})
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	if err := h.socket.Connect(c.herald.Endpoint(), nil); err != nil {
		return nil, err
	}
	h.ended.Go(func() { h.announce(ctx) })
	h.ended.Go(func() { h.receive(ctx, c.wrong) })
	return h, nil
}

// refused waits until an heir is told that another one has the name. When the bridge is another one, it may be the first there.
func (c *goClient) refused(sending context.Context, h *heir) {
	ctx, cancel := context.WithTimeout(sending, requestTimeout)
	defer cancel()
	for ctx.Err() == nil {
		step, cancelStep := context.WithTimeout(ctx, 5*time.Millisecond)
		err := h.socket.Ready(step)
		cancelStep()
		if err == nil {
			return
		}
		if errors.Is(err, &core.Error{Code: core.Conflict}) {
			c.heirs.Told()
			return
		}
	}
	if sending.Err() == nil {
		c.wrong(fmt.Errorf("hang: heir %d is told nothing", h.Number))
	}
}

// announce tells the ROUTER again and again who has the name, because it may be another ROUTER, and because some of it may be lost with a bridge.
func (h *heir) announce(ctx context.Context) {
	for again := true; again; again = schedule.Wait(ctx, announceEach) {
		_ = h.socket.Send(ctx, record.Header(1, h.Number), record.Filler(h.Number)) // what is lost, or fails because something was, is said again
	}
}

func (h *heir) receive(ctx context.Context, wrong func(error)) {
	var once sync.Once
	for msg, err := range h.socket.Messages(ctx) {
		var gap *zmq.GapError
		switch {
		case errors.As(err, &gap):
			h.Gap(gap.Missed)
		case ctx.Err() != nil:
			return
		case err != nil:
			wrong(fmt.Errorf("heir %d: %w", h.Number, err))
		default:
			generation, number, whole := record.Read(msg)
			if !whole {
				h.Damage()
			} else if h.Message(generation, number) {
				once.Do(func() { close(h.served) })
			}
		}
	}
}

// close lets go of the name. Nothing is waited for.
func (h *heir) close() {
	h.stop()
	h.socket.Close()
	h.ended.Wait()
}
