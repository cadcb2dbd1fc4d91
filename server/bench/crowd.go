package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// crowd is all clients of one measurement.
type crowd struct {
	load    *Load
	target  *target
	begun   time.Time
	shards  []shard
	clients []*client
	running sync.WaitGroup
	leaving atomic.Bool

	asking atomic.Bool  // clients ask
	from   atomic.Int64 // the first number, or time, that is measured

	ended chan error // why clients have ended: the first of them
}

const (
	shards   = 16
	dialling = 32 // connections that are opened at a time
)

// gather opens all connections.
func (l *Load) gather(ctx context.Context) (*crowd, error) {
	t, err := newTarget(l.URL, l.Plain)
	if err != nil {
		return nil, err
	}
	cr := &crowd{load: l, target: t, begun: time.Now(), shards: make([]shard, shards), clients: make([]*client, l.Clients), ended: make(chan error, 1)}
	cr.from.Store(never)
	for i := range cr.shards {
		cr.shards[i].latency = newHistogram()
	}
	if err := cr.connectAll(ctx); err != nil {
		cr.leave()
		return nil, err
	}
	for _, c := range cr.clients {
		cr.running.Go(func() { // ends with its connection
			if err := c.run(); !cr.leaving.Load() {
				cr.end(err)
			}
		})
	}
	return cr, nil
}

// connectAll opens the first connection alone, so that what is wrong with the bridge is said once.
func (cr *crowd) connectAll(ctx context.Context) error {
	first, err := cr.connect(ctx, 0)
	if err != nil {
		return err
	}
	cr.clients[0] = first
	var next atomic.Int64
	failures := make(chan error, dialling)
	for range dialling {
		go func() { // joined below
			for {
				i := int(next.Add(1))
				if i >= len(cr.clients) {
					failures <- nil
					return
				}
				c, err := cr.connect(ctx, i)
				if err != nil {
					next.Store(int64(len(cr.clients)))
					failures <- fmt.Errorf("connection %d of %d: %w", i+1, len(cr.clients), err)
					return
				}
				cr.clients[i] = c
			}
		}()
	}
	for range dialling {
		err = errors.Join(err, <-failures)
	}
	return err
}

// leave ends all connections, and returns when their goroutines have ended.
func (cr *crowd) leave() {
	cr.leaving.Store(true)
	for _, c := range cr.clients {
		if c != nil {
			c.conn.Close()
		}
	}
	cr.running.Wait()
}

func (cr *crowd) end(err error) {
	select {
	case cr.ended <- fmt.Errorf("a connection has ended: %w", err):
	default:
	}
}

// time is t as the marks have it.
func (cr *crowd) time(t time.Time) int64 { return int64(t.Sub(cr.begun)) }

// delivered is how many messages, or replies, all clients have got.
func (cr *crowd) delivered() (n uint64) {
	for i := range cr.shards {
		n += cr.shards[i].delivered.Load()
	}
	return n
}

// delivery counts a message. The lock of the client's shard is held.
func (c *client) delivery(payload []byte, now time.Time) {
	c.shard.delivered.Add(1)
	at, number, ok := readMark(payload)
	if ok && int64(number) >= c.crowd.from.Load() {
		c.shard.counted++
		c.shard.record(c.crowd.time(now) - at)
	}
}

// bufferSize is how much a client reads at once: all of them together take some 16 MiB.
func (cr *crowd) bufferSize() int { return min(max(16<<20/cr.load.Clients, 4<<10), 64<<10) }

// tick lets all clients say, once a second, what could wait a while, until ctx ends.
func (cr *crowd) tick(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, c := range cr.clients {
				c.tick(now)
			}
		}
	}
}

// wait waits so long, unless ctx or a connection ends.
func (cr *crowd) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-cr.ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settle waits until nothing has come for a while, but no longer than 3 seconds.
func (cr *crowd) settle(ctx context.Context) error {
	last, quiet := cr.delivered(), 0
	for range 60 {
		if err := cr.wait(ctx, 50*time.Millisecond); err != nil {
			return err
		}
		now := cr.delivered()
		if quiet++; now != last {
			last, quiet = now, 0
		}
		if quiet == 5 {
			break
		}
	}
	return nil
}
