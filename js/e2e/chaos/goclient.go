package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/network"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
)

// goClient is a client of core/zmq that uses a socket of each kind, and the records of what it has sent and received.
type goClient struct {
	*ledger
	workload
	*zmq.Context
	others  []*zmq.Context // on the other proxy
	brief   sync.WaitGroup // what makes sockets that are closed soon
	running sync.WaitGroup
	stop    context.CancelFunc // ends the sending
	quit    context.CancelFunc // ends everything
	burst   sync.RWMutex       // is held while a burst is sent that is to be too much
}

// requestTimeout is so long that a request that ends with it has hung.
const requestTimeout = network.Longest

func startGoClient(ctx context.Context, w workload) (*goClient, error) {
	c := &goClient{ledger: newLedger("Go", 1, w), workload: w}
	c.Context = zmq.NewContext(w.url, zmq.Options{RequestTimeout: requestTimeout, Header: w.header})
	sending, stop := context.WithCancel(ctx)
	receiving, quit := context.WithCancel(ctx)
	c.stop, c.quit = stop, quit
	// close waits for all of these.
	c.running.Go(func() { c.watch(receiving) })
	for _, sub := range w.subs {
		if err := c.subscribe(receiving, sub); err != nil {
			return nil, fmt.Errorf("%s: %w", sub[0].Name, err)
		}
	}
	if err := c.pull(receiving); err != nil {
		return nil, err
	}
	push := c.Socket(zmq.PUSH)
	if err := push.Connect(w.sink.Endpoint(), nil); err != nil {
		return nil, err
	}
	c.running.Go(func() { c.push(sending, push) })
	for range 3 {
		c.others = append(c.others, zmq.NewContext(w.side, zmq.Options{}))
	}
	if w.final != nil {
		c.brief.Go(func() { c.leaveAtOnce(sending, c.others[0]) })
	}
	c.brief.Go(func() { c.inherit(sending, [2]*zmq.Context(c.others[1:]), 1) })
	c.running.Go(func() { c.ask(sending) })
	return c, nil
}

// watch notes the events of the client's connections.
func (c *goClient) watch(ctx context.Context) {
	for e := range c.Events(ctx) {
		if e.Kind == zmq.EventConnected {
			c.recovery.Welcome(time.Now())
		}
		if e.Kind != zmq.EventClosed || ctx.Err() == nil { // at the end of the run EventClosed is expected
			c.happened(e.Kind.String(), time.Now())
		}
	}
}

// subscribe makes a SUB for all of the streams, from all of their publishers.
func (c *goClient) subscribe(ctx context.Context, streams subscription) (err error) {
	sub := c.Socket(zmq.SUB)
	for _, b := range streams[0].publishers {
		err = errors.Join(err, sub.Connect(b.Endpoint(), nil))
	}
	for _, n := range streams {
		err = errors.Join(err, sub.Subscribe(n.topic))
	}
	if err == nil {
		c.running.Go(func() { c.receive(ctx, sub, streams) })
	}
	return err
}

func (c *goClient) pull(ctx context.Context) error {
	pull := c.Socket(zmq.PULL)
	if err := pull.Connect(c.source.Endpoint(), nil); err != nil {
		return err
	}
	c.running.Go(func() { c.receive(ctx, pull, subscription{c.pulled}) })
	return nil
}

// receive notes what comes. A gap concerns all streams of a socket, and a message the one with its topic.
func (c *goClient) receive(ctx context.Context, s *zmq.Socket, streams subscription) {
	for msg, err := range s.Messages(ctx) {
		var gap *zmq.GapError
		switch {
		case errors.As(err, &gap):
			for _, n := range streams {
				n.Gap(gap.Missed)
			}
		case ctx.Err() != nil:
			return
		case err != nil:
			c.wrong(fmt.Errorf("%s: %w", streams[0].Name, err))
		default:
			if streams[0].topic == tailTopic {
				c.burst.RLock()
				c.burst.RUnlock()
			}
			streams.streamOf(string(msg[0])).Take(msg)
			c.recovery.Delivered()
		}
	}
}

// halt stops the sending and waits for the requests that are under way. From here on no burst is read until heed.
func (c *goClient) halt() error {
	c.burst.Lock()
	c.stop()
	if !ends(c.brief.Wait) {
		return errors.New("hang: sockets of the Go client are closed and never gone")
	}
	return c.awaitAnswers()
}

func (c *goClient) heed() { c.burst.Unlock() }

func (c *goClient) settled() bool { return c.ledger.settled(c.workload) }

func (c *goClient) books() (*ledger, error) { return c.ledger, c.ledger.end(c.workload) }

// close ends the client. Its goroutines have some time to end.
func (c *goClient) close() error {
	c.quit()
	ended := ends(func() {
		c.Context.Close()
		for _, z := range c.others {
			z.Close()
		}
		c.running.Wait()
	})
	if !ended {
		return errors.New("hang: the Go client does not end")
	}
	return nil
}

// ends tells whether fn returns in time.
func ends(fn func()) bool {
	ended := make(chan struct{})
	go func() { // ends with fn
		defer close(ended)
		fn()
	}()
	select {
	case <-ended:
		return true
	case <-time.After(process.Patience):
		return false
	}
}
