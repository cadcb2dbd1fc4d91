package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// run plays a scene and returns its result.
func run(ctx context.Context, o options) (*report, error) {
	s, err := newScene(o)
	defer s.close()
	if err != nil {
		return nil, err
	}
	if err := s.admit(ctx); err != nil {
		for _, c := range s.clients {
			err = errors.Join(err, c.close())
		}
		return nil, err
	}
	start := time.Now()
	settled := errors.Join(s.suffer(ctx), s.settle(ctx))
	r := &report{scene: s, took: time.Since(start), memory: s.bridge.PeakMemory(), processed: map[uint64]int{}}
	for _, c := range s.clients {
		settled = errors.Join(settled, c.close())
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interrupted: %w", ctx.Err())
	}
	if settled != nil {
		r.violation("%v", settled)
	}
	return r, r.audit()
}

// admit starts the clients, and waits until each has received something.
func (s *scene) admit(ctx context.Context) error {
	for i := range s.Plan.Clients {
		c, err := s.startClient(ctx, i)
		if err != nil {
			return err
		}
		s.clients = append(s.clients, c)
	}
	ctx, cancel := context.WithTimeout(ctx, process.Patience)
	defer cancel()
	for i, c := range s.clients {
		if until(ctx, c.recovered) != nil {
			return errors.Join(append(c.complaints(), fmt.Errorf("client %d gets nothing", i))...)
		}
	}
	return nil
}

// startClient starts client number i: 0 is the Go client, 1 is the page.
func (s *scene) startClient(ctx context.Context, i int) (client, error) {
	if i == 0 {
		return startGoClient(ctx, s.workload(i))
	}
	s.site = siteWith(s.bridge.URL)
	return startPage(ctx, s.site.URL, s.workload(i))
}

// suffer makes all the faults happen, and waits until the time of the run is over.
func (s *scene) suffer(ctx context.Context) error {
	over := time.After(s.Time)
	ended := make(chan error, len(s.proxies)+1)
	for i, p := range s.proxies {
		go func() { ended <- p.Suffer(ctx, s.Connections(i)) }() // the loop below waits for it
	}
	go func() { ended <- s.strike(ctx, s.Processes()) }()
	var err error
	for range cap(ended) {
		err = errors.Join(err, <-ended)
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
	return errors.Join(err, ctx.Err())
}

// settle ends the sending, and waits until everything that was sent has arrived. If one client fails, it still does the same
// for the others.
func (s *scene) settle(ctx context.Context) error {
	calm, cancel := context.WithTimeout(ctx, process.Patience)
	defer cancel()
	err := until(calm, s.quiet) // the clients still send, because a PUSH reports a loss by its next Send
	for _, c := range s.clients {
		err = errors.Join(err, c.halt())
	}
	for _, b := range append(s.sources, s.pub, s.second, s.tail, s.herald) {
		err = errors.Join(err, b.Stop())
	}
	for _, c := range s.clients {
		c.heed()
	}
	ctx, cancel = context.WithTimeout(ctx, process.Patience)
	defer cancel()
	for i, c := range s.clients {
		if until(ctx, c.settled) != nil {
			err = errors.Join(err, fmt.Errorf("client %d lacks something %v after the last fault", i, process.Patience))
		}
	}
	return err
}

// until waits until a condition is met, or until ctx ends.
func until(ctx context.Context, met func() bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !met() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
