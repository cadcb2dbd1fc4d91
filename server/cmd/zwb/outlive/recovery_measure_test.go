//go:build long && measure && linux

package outlive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestRecoveryOfTenThousand has 10,000 clients with a durable SUB each, by way of HAProxy, at three bridges, one of which is killed. It
// measures how long it takes until each client has the first message that was published after that. It is run by itself:
//
//	go test ./server/cmd/zwb/outlive -tags 'long measure' -run TestRecoveryOfTenThousand -v
//
// CLIENTS=3000 has fewer of them. Each takes a file descriptor of this process and two of a HAProxy, of which there are two for that
// reason: 10,000 need ulimit -n of 12,000.
func TestRecoveryOfTenThousand(t *testing.T) {
	for _, c := range []struct {
		name   string
		killed int
	}{{"the first bridge", 0}, {"the last bridge", 2}} {
		t.Run(c.name, func(t *testing.T) { recovery(t, c.killed) })
	}
}

func recovery(t *testing.T, killed int) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	count := 10_000
	if text := os.Getenv("CLIENTS"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	f, urls := launchWide(t, count)
	begun := time.Now()
	c := followAll(ctx, t, urls, count)
	t.Logf("%d clients have subscribed within %v", count, time.Since(begun).Round(10*time.Millisecond))
	end, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- f.feed.say(end, 1) }() // ends with the channel
	c.await(t, 0, "the beginning")

	before, from := f.use(t), time.Now()
	c.await(t, int(f.feed.said.Load())+10, "ten messages")
	spent := f.use(t)
	for i, name := range []string{"bridge 0", "bridge 1", "bridge 2", "the NATS servers"} {
		u := spent[i].since(before[i])
		t.Logf("%s: %.3f cores and %.0f MiB at one message a second", name, u.cpu/time.Since(from).Seconds(), u.memory)
	}

	f.Bridges[killed].End(syscall.SIGKILL)
	struck, first := time.Now(), f.feed.said.Load()
	c.expect(int(first))
	c.await(t, int(first), "the kill")
	c.report(t, struck)
	c.await(t, int(f.feed.said.Load())+5, "five messages more")
	close(end)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	c.settle(t)
}

// launchWide starts a fleet for many clients, without relays. urls are those of its balancers.
func launchWide(t *testing.T, count int) (f *fleet, urls []string) {
	t.Helper()
	logLevel = "warn"
	f = &fleet{Fleet: &fleettest.Fleet{NATS: natstest.Start(t, 3)}, feed: newFeed(t)}
	for range 3 {
		f.Bridges = append(f.Bridges, program("2s").Join(t, fmt.Sprintf("cluster: {nats: %q, name: test}\nusers: [anonymous: {}]\nlimits: {connections: %d}\n"+
			"endpoints: {feed: {type: SUB, address: %q, hwm: 1000, history: {age: 1h, size: 64MiB, durable: true}}}\n", f.NATS.URLs(), count, f.feed.pub.Endpoint())))
	}
	for range 2 { // which do not take a bridge for dead that has much to do: they would cut off all of its clients, and it would have more to do
		urls = append(urls, "ws://"+balance(t, f.Bridges, "timeout check 10s")+"/data")
	}
	return f, urls
}

// use is what the bridges, and all NATS servers, have used.
func (f *fleet) use(t *testing.T) (all []use) {
	t.Helper()
	for _, m := range f.Bridges {
		all = append(all, useOf(t, m.PID()))
	}
	return append(all, useOf(t, f.NATS.PIDs()...))
}

// follower is a client that notes when it was connected, and when it had the first message that was published after a moment.
type follower struct {
	ledger
	url     string
	conn    *zmq.Context
	sub     *zmq.Socket
	dialled atomic.Int64 // when it was connected last, in Unix nanoseconds
	end     error        // why it does not go on
	from    int          // the number it has to get; the ledger's lock guards this, and when
	when    time.Time    // when it had that, or a later one
}

type followers struct {
	all     []*follower
	running sync.WaitGroup
}

// followAll has clients subscribe, some at a time, at one address after the other.
func followAll(ctx context.Context, t *testing.T, urls []string, count int) *followers {
	t.Helper()
	c := &followers{}
	t.Cleanup(func() {
		for _, one := range c.all {
			if one.conn != nil {
				one.conn.Close()
			}
		}
		c.running.Wait()
	})
	failed, places := make(chan error, count), make(chan struct{}, 64)
	for i := range count {
		one := &follower{url: urls[i%len(urls)]}
		c.all = append(c.all, one)
		go func() { // ends with ctx
			places <- struct{}{}
			defer func() { <-places }()
			failed <- one.subscribe(ctx)
		}()
	}
	for range count {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range c.all {
		c.running.Go(func() { one.run(ctx) }) // ends with ctx, or with the connection
	}
	return c
}

func (c *follower) subscribe(ctx context.Context) (err error) {
	options := zmq.Options{BackoffMax: time.Second, Linger: -1, Dial: c.dial}
	if c.conn, err = zmq.Dial(ctx, c.url, options); err != nil {
		return err
	}
	c.sub = c.conn.Socket(zmq.SUB)
	return errors.Join(c.sub.Subscribe(""), c.sub.Connect("feed", nil), c.sub.Ready(ctx))
}

func (c *follower) dial(ctx context.Context, url string) (zmq.Conn, error) {
	conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol, Limit: 1 << 20})
	if err != nil {
		return nil, err
	}
	c.dialled.Store(time.Now().UnixNano())
	return conn, nil
}

func (c *follower) run(ctx context.Context) {
	var err error
	for err == nil {
		err = c.enter(c.sub.Recv(ctx))
		c.mu.Lock()
		c.end = err
		if c.next > c.from && c.when.IsZero() {
			c.when = time.Now()
		}
		c.mu.Unlock()
	}
}

// expect has everybody note when they get a number, or a later one.
func (c *followers) expect(number int) {
	for _, one := range c.all {
		one.mu.Lock()
		one.from, one.when = number, time.Time{}
		one.mu.Unlock()
	}
}

// await waits until everybody has got a number.
func (c *followers) await(t *testing.T, number int, why string) {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		behind := 0
		for _, one := range c.all {
			if one.reached() <= number {
				behind++
			}
		}
		if behind == 0 {
			return
		}
		if time.Since(begun) > 40*time.Second {
			shown := 0
			for i, one := range c.all {
				if at := one.reached(); at <= number && shown < 10 {
					shown++
					one.mu.Lock()
					t.Logf("client %d is at %d, was connected %v ago, %v", i, at, time.Since(time.Unix(0, one.dialled.Load())).Round(time.Millisecond), one.end)
					one.mu.Unlock()
				}
			}
			t.Fatalf("%s: after 40 s %d of %d clients have not got %d", why, behind, len(c.all), number)
		}
	}
}

// report says how long it took after a moment: for those who were at the bridge that was killed, and for the others.
func (c *followers) report(t *testing.T, struck time.Time) {
	t.Helper()
	var cut, connected, others []time.Duration
	for _, one := range c.all {
		one.mu.Lock()
		took := one.when.Sub(struck)
		one.mu.Unlock()
		if at := time.Unix(0, one.dialled.Load()).Sub(struck); at > 0 {
			cut, connected = append(cut, took), append(connected, at)
		} else {
			others = append(others, took)
		}
	}
	for _, part := range []struct {
		name  string
		times []time.Duration
	}{{"were cut off, and are connected again", connected}, {"were cut off, and have the next message", cut}, {"were elsewhere, and have the next message", others}} {
		if n := len(part.times); n > 0 {
			slices.Sort(part.times)
			t.Logf("%d clients %s: median %v, 99 %% %v, worst %v", n, part.name,
				part.times[n/2].Round(time.Millisecond), part.times[n*99/100].Round(time.Millisecond), part.times[n-1].Round(time.Millisecond))
		}
	}
}

// settle is the balance of all ledgers: nothing was lost, came twice, or had to be told to be missing.
func (c *followers) settle(t *testing.T) {
	t.Helper()
	got, gaps, bad := 0, 0, 0
	for i, one := range c.all {
		one.mu.Lock()
		if one.end != nil {
			t.Errorf("client %d has ended: %v", i, one.end)
		}
		got, gaps = got+one.got, gaps+one.gaps
		for _, fault := range one.faults {
			if bad++; bad <= 10 {
				t.Errorf("client %d: %s", i, fault)
			}
		}
		one.mu.Unlock()
	}
	t.Logf("%d clients, %d deliveries, %d faults, %d times told that something is missing", len(c.all), got, bad, gaps)
	if gaps > 0 {
		t.Error("somebody was told that something is missing")
	}
}
