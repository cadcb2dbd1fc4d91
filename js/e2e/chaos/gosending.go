package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
)

// beat is how often a sender checks whether something is due.
const beat = 5 * time.Millisecond

// paced calls send rate times a second, on time or late. It ends with ctx, or when send returns false.
func paced(ctx context.Context, rate float64, send func() bool) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	start, sent := time.Now(), 0
	for {
		for due := int(time.Since(start).Seconds() * rate); sent < due; sent++ {
			if !send() {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (c *goClient) push(ctx context.Context, push *zmq.Socket) {
	n := uint64(1)
	paced(ctx, c.pushRate, func() bool {
		err := push.Send(ctx, record.Header(1, n), record.Filler(n))
		var gap *zmq.GapError
		switch {
		case err == nil:
			c.pushed.Add(n)
			n++
		case errors.As(err, &gap):
			c.pushed.Report()
		case ctx.Err() != nil:
		default:
			c.wrong(fmt.Errorf("PUSH: %w", err))
		}
		return ctx.Err() == nil
	})
}

// maxAsking is how many requests may be under way at once.
const maxAsking = 400

// ask sends requests to a REP and to a ROUTER. Some are idempotent.
func (c *goClient) ask(ctx context.Context) {
	var sockets []*zmq.Socket
	for number := range 4 {
		s := c.SocketWith(zmq.REQ, zmq.SocketOptions{Idempotent: record.Idempotent(uint64(number))})
		address := c.rep.Endpoint()
		if number >= 2 {
			address = c.router.Endpoint()
		}
		if err := s.Connect(address, nil); err != nil {
			c.wrong(err)
			return
		}
		sockets = append(sockets, s)
	}
	room := make(chan struct{}, maxAsking)
	var asking sync.WaitGroup
	defer asking.Wait()
	paced(ctx, c.askRate, func() bool {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return false
		}
		number := c.requests.Ask()
		asking.Go(func() {
			c.request(sockets[number%4], number)
			<-room
		})
		return true
	})
}

// request sends one request. Only the timeout of the socket counts, because a request has to get its answer also at the end of
// the run.
func (c *goClient) request(s *zmq.Socket, number uint64) {
	reply, err := s.Request(context.Background(), record.Header(1, number), record.Filler(number))
	_, n, whole := record.Read(reply)
	c.requests.Answer(number, err, whole && n == number)
	if err == nil {
		c.recovery.Delivered()
	}
}
