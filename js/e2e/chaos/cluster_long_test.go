//go:build long && linux

package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// TestCluster has a page and a Go program in front of two bridges behind HAProxy, with three NATS nodes, and has one of these fail after the
// other. It prints a row for each fault and client, and fails where a row is not what examples/cluster/README.md promises. `make chaos` runs
// it as well.
func TestCluster(t *testing.T) {
	c := launchCluster(t)
	begun := time.Now()
	var rows []row
	for _, p := range promises {
		rows = append(rows, c.suffer(p)...)
	}
	c.end(rows)
	printRows(t.Output(), time.Since(begun), rows)
	for _, r := range rows {
		for _, broken := range r.broken() {
			t.Errorf("%s, %s: %s", r.what, r.client, broken)
		}
	}
}

// suffer has a fault strike the bridge at which the clients are, or a NATS node, and says what has come of it for each client.
func (c *cluster) suffer(p promise) (rows []row) {
	before, fault := c.accounts(), p.fault(c.place())
	pauses := c.watchPauses()
	c.t.Logf("%s: %s", time.Now().Format(clock), fault.Name)
	began := time.Now()
	fault.Strike(c.t, c.Fleet)
	time.Sleep(time.Until(began.Add(p.lasts)))
	if p.during {
		c.goOn(fault.Name)
	}
	fault.Recover(c.t, c.Fleet)
	c.awaitBalancer()
	time.Sleep(time.Second) // of life as it was before, which belongs to the row
	c.goOn(fault.Name + ", and it is over")
	paused, after := pauses(), c.accounts()
	for i, g := range c.guests {
		rows = append(rows, row{promise: p, client: g.ledger.name, paused: paused[i], account: after[i].since(before[i])})
	}
	return rows
}

// goOn waits until each client has all that was said so far, and everything that it has sent has arrived.
func (c *cluster) goOn(why string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	for _, g := range c.guests {
		caughtUp, err := g.mark()
		if err == nil {
			err = until(ctx, caughtUp)
		}
		if err != nil {
			c.t.Fatalf("%s: the %s client does not go on: %v; %s; it says %v", why, g.ledger.name, err, g.standing(), errors.Join(g.complaints()...))
		}
	}
}

// mark is a condition that is met when everything has arrived that was sent before mark was called.
func (g *guest) mark() (caughtUp func() bool, err error) {
	var numbers []uint64
	for _, s := range g.ledger.received() {
		sent, failed := s.sent()
		numbers, err = append(numbers, sent), errors.Join(err, failed)
	}
	pushed, asked := g.ledger.pushed.Last(), g.ledger.requests.First+g.ledger.requests.SoFar().Asked
	return func() bool {
		for i, s := range g.ledger.received() {
			if !s.Reached(numbers[i]) {
				return false
			}
		}
		arrived, err := g.workload.sink.Numbers()
		return err == nil && last(arrived) >= pushed && g.ledger.requests.Ended(asked)
	}, err
}

// watchPauses measures for how long at most each client gets nothing from the durable history, until the result is asked for.
func (c *cluster) watchPauses() (longest func() []time.Duration) {
	ctx, stop := context.WithCancel(c.t.Context())
	measured := make(chan []time.Duration)
	go func() { // ends with ctx
		paused, position, since := make([]time.Duration, len(c.guests)), make([]uint64, len(c.guests)), make([]time.Time, len(c.guests))
		for i := range since {
			since[i] = time.Now()
		}
		until(ctx, func() bool {
			for i, g := range c.guests {
				if at := g.ledger.subs[0][0].Position(); at != position[i] {
					paused[i] = max(paused[i], time.Since(since[i]))
					position[i], since[i] = at, time.Now()
				}
			}
			return false
		})
		measured <- paused
	}()
	return func() []time.Duration {
		stop()
		return <-measured
	}
}

// end ends the clients when all that was sent has arrived, and compares the books with what the rows say.
func (c *cluster) end(rows []row) {
	var err error
	for _, g := range c.guests {
		before := g.ledger.heirs.Judge().Delivered
		wait.For(c.t, "somebody of the "+g.ledger.name+" client to have the name", func() bool { return g.ledger.heirs.Judge().Delivered > before })
		err = errors.Join(err, g.halt())
	}
	for _, b := range c.sending() {
		err = errors.Join(err, b.Stop())
	}
	ctx, cancel := context.WithTimeout(context.Background(), process.Patience)
	defer cancel()
	for _, g := range c.guests {
		g.heed()
		if until(ctx, g.settled) != nil {
			c.t.Errorf("the %s client lacks something at the end: %s", g.ledger.name, g.standing())
		}
	}
	for _, g := range c.guests {
		_, failed := g.books()
		err = errors.Join(err, g.close(), failed)
		for _, complaint := range g.complaints() {
			c.t.Errorf("%s: %v", g.ledger.name, complaint)
		}
		for i, s := range g.ledger.streams() {
			total, told := s.Totals(), lostIn(rows, g.ledger.name, i)
			if total.Lost != told || total.Duplicated+total.Reordered+total.Damaged > 0 {
				c.t.Errorf("%s %s: %d lost (%v), %d of them in a row, %d duplicated, %d reordered, %d damaged", g.ledger.name, s.Name, total.Lost, s.Missed(), told, total.Duplicated, total.Reordered, total.Damaged)
			}
		}
	}
	if err != nil {
		c.t.Error(err)
	}
}

// lostIn is how much a client has lost of a kind of stream, as the rows have it.
func lostIn(rows []row, client string, kind int) (count uint64) {
	for _, r := range rows {
		if r.client == client {
			count += r.streams[kind].Lost
		}
	}
	return count
}
