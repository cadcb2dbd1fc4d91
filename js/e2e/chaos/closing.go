package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// A socket that is closed at once has sent so many messages, and lingers for one of these times.
const maxBrief = 20

var lingers = []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second}

// deadEnds: one of so many of these sockets is connected to where nobody is.
const deadEnds = 5

// closePause is how long a client waits before it makes the next of these sockets.
const closePause = 20 * time.Millisecond

// leaveAtOnce makes one socket after another, each of which sends some messages and is closed at once.
func (c *goClient) leaveAtOnce(ctx context.Context, z *zmq.Context) {
	for i := 0; schedule.Wait(ctx, closePause); i++ {
		push := z.Socket(zmq.PUSH)
		address := c.final.Endpoint()
		if i%deadEnds == 0 {
			address = c.nowhere
		}
		if err := push.Connect(address, nil); err != nil {
			c.wrong(err)
			return
		}
		f := record.Farewell{Count: 1 + rand.Uint64N(maxBrief), Start: time.Now(), Linger: lingers[i%len(lingers)]}
		f.First = c.farewells.Allot(f.Count)
		if err := sendAll(push, &f); err != nil {
			c.wrong(fmt.Errorf("PUSH that is closed: %w", err))
		}
		c.leave(push, &f)
		c.farewells.Add(f)
	}
}

// sendAll sends the messages of a socket. A gap says that some of those before it may be lost.
func sendAll(push *zmq.Socket, f *record.Farewell) error {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	for n := f.First; n < f.First+f.Count; {
		err := push.Send(ctx, record.Header(1, n), record.Filler(n))
		var gap *zmq.GapError
		switch {
		case err == nil:
			n++
		case errors.As(err, &gap):
			f.Unknown = true
		default:
			f.Count = n - f.First
			return err
		}
	}
	return nil
}

// leave closes a socket, and notes what it is told.
func (c *goClient) leave(push *zmq.Socket, f *record.Farewell) {
	ctx, cancel := context.WithTimeout(context.Background(), f.Linger)
	defer cancel()
	unpassed, err := push.Shutdown(ctx)
	f.End, f.Unpassed = time.Now(), unpassed
	var gap *zmq.GapError
	switch {
	case err == nil:
	case errors.As(err, &gap), core.CodeOf(err) == core.Lost, ctx.Err() != nil:
		f.Unknown = true
	default:
		c.wrong(fmt.Errorf("PUSH that is closed: %w", err))
	}
}
