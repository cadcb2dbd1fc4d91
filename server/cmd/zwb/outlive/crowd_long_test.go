//go:build long && !windows

package outlive

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// crowd is clients that subscribe to the feed, each with a ledger. They go on by themselves whatever happens to bridges.
type crowd struct {
	clients []*client
	running sync.WaitGroup
}

type client struct {
	ledger
	url  string
	conn *zmq.Context
	sub  *zmq.Socket
	anew chan struct{} // holds a token when it is to come again, as a page does that is loaded again
	end  error         // why it does not go on
}

// join has so many clients subscribe at an address, from the first number on.
func join(ctx context.Context, t *testing.T, url string, count int) *crowd {
	t.Helper()
	c := &crowd{}
	for range count {
		c.clients = append(c.clients, &client{url: url, anew: make(chan struct{}, 1)})
	}
	t.Cleanup(func() {
		for _, one := range c.clients {
			if one.conn != nil {
				one.conn.Close()
			}
		}
		c.running.Wait()
	})
	failed := make(chan error, count)
	for _, one := range c.clients {
		go func() { failed <- one.subscribe(ctx, zmq.Position{}) }() // ends with ctx
	}
	for range count {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range c.clients {
		c.running.Go(func() { one.run(ctx) }) // ends with ctx, or with the connection
	}
	return c
}

func (c *client) subscribe(ctx context.Context, since zmq.Position) (err error) {
	if c.conn, err = zmq.Dial(ctx, c.url, zmq.Options{BackoffMax: time.Second}); err != nil {
		return err
	}
	c.sub = c.conn.Socket(zmq.SUB)
	return errors.Join(c.sub.Subscribe(""), c.sub.ConnectSince("feed", nil, since), c.sub.Ready(ctx))
}

func (c *client) run(ctx context.Context) {
	for c.end == nil {
		reading, end := context.WithCancel(ctx)
		go func() { // ends with reading
			select {
			case <-c.anew:
				end()
			case <-reading.Done():
			}
		}()
		var err error
		for err == nil {
			err = c.enter(c.sub.Recv(reading))
		}
		asked := reading.Err() != nil
		if end(); ctx.Err() != nil || !asked {
			c.end = err
			return
		}
		since, _ := c.sub.Position("feed")
		c.conn.Close()
		c.end = c.subscribe(ctx, since)
	}
}

// spread has as many clients come again as there would be at one of three bridges, so that the one with the fewest gets them.
func (c *crowd) spread(round int) {
	for i, one := range c.clients {
		if i%3 == round%3 {
			select {
			case one.anew <- struct{}{}:
			default:
			}
		}
	}
}

// pass waits until everybody has got a number, and tells how long that took.
func (c *crowd) pass(t *testing.T, number int, patience time.Duration, why string) time.Duration {
	t.Helper()
	begun := time.Now()
	for {
		behind, slowest := 0, number
		for _, one := range c.clients {
			if at := one.reached(); at <= number {
				behind, slowest = behind+1, min(slowest, at)
			}
		}
		if behind == 0 {
			return time.Since(begun)
		}
		if time.Since(begun) > patience {
			t.Fatalf("%s: after %v %d of %d clients have not got %d; the slowest is at %d", why, patience, behind, len(c.clients), number, slowest)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// settle is the balance of all ledgers.
func (c *crowd) settle(t *testing.T) string {
	t.Helper()
	got, gaps, missed, bad := 0, 0, 0, 0
	for i, one := range c.clients {
		one.mu.Lock()
		if one.end != nil {
			t.Errorf("client %d has ended: %v", i, one.end)
		}
		got, gaps, missed = got+one.got, gaps+one.gaps, missed+one.missed
		for _, fault := range one.faults {
			if bad++; bad <= 20 {
				t.Errorf("client %d: %s", i, fault)
			}
		}
		one.mu.Unlock()
	}
	return fmt.Sprintf("%d clients, %d deliveries, %d times told that something is missing, %d missing where that was told", len(c.clients), got, gaps, missed)
}
