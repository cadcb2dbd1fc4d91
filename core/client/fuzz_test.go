package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/vectors"
)

// FuzzClientFeed checks that a client with sockets and requests survives whatever a bridge may send. Every request ends
// exactly once, the client sends nothing that it was not asked for, and an application that calls the client at every event
// does not loop.
func FuzzClientFeed(f *testing.F) {
	v := vectors.Load(f)
	for _, frame := range v.Frames {
		f.Add([]byte(frame.Hex))
	}
	for _, m := range v.Malformed {
		f.Add([]byte(m.Hex))
	}
	var whole []byte
	for _, e := range v.Conversation[2:] {
		if e.From == "bridge" {
			whole = append(whole, e.Hex...)
		}
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, batch []byte) {
		c := newFuzzClient(t)
		c.feed(batch)
		c.feed(batch)
		c.w.cut()
		c.connect()
		c.feed(batch)
		c.w.client.End(core.NewError(core.Closed, "the end"))
		c.check()
	})
}

// fuzzClient counts how the requests of a client end.
type fuzzClient struct {
	t     *testing.T
	w     *world
	asked map[[2]uint64]int // how often a request has ended, by socket and request
	calls int
}

func newFuzzClient(t *testing.T) *fuzzClient {
	c := &fuzzClient{t: t, w: newWorld(t, client.Config{}), asked: map[[2]uint64]int{}}
	c.connect()
	for _, typ := range []core.SocketType{core.REQ, core.SUB, core.REP, core.PAIR} {
		c.w.endpoint(c.w.newSocket(typ), "tcp://backend:1")
	}
	c.w.subscribe(2, "time")
	c.w.pump()
	for range 3 {
		c.ask()
	}
	c.w.onEvent = c.event
	return c
}

func (c *fuzzClient) connect() {
	c.w.dial(core.SessionConfig{})
	c.w.pump()
}

func (c *fuzzClient) ask() {
	id, err := c.w.client.Request(1, message("x"), client.RequestOptions{}, c.w.now)
	if err == nil {
		c.asked[[2]uint64{1, id}] = 0
	}
}

func (c *fuzzClient) event(e *client.Event) {
	if c.calls++; c.calls > 10_000_000 {
		c.t.Fatal("events without end")
	}
	c.w.events = nil
	switch e.Kind {
	case client.EventReply, client.EventFailed:
		c.asked[[2]uint64{uint64(e.Socket), e.ID}]++
		if e.ID < 10 {
			c.ask()
		}
	case client.EventRequest:
		_ = c.w.client.Reply(e.Socket, e.ID, e.Parts) // an error is right if the socket was closed meanwhile
	case client.EventMessage:
		c.w.client.Consumed(e.Socket, 1, e.Parts.Size())
	}
}

func (c *fuzzClient) feed(batch []byte) {
	before := c.w.client.Queued()
	err := c.w.client.Feed(batch, c.w.now)
	if _, ok := err.(*core.CloseError); err != nil && !ok {
		c.t.Errorf("error %v (%T)", err, err)
	}
	if grown := c.w.client.Queued() - before; grown > 8*len(batch)+1024 {
		c.t.Errorf("%d bytes made it say %d", len(batch), grown)
	}
	c.w.now += time.Second
	c.w.ok(c.w.client.Tick(c.w.now))
	vectors.Kinds(c.t, c.w.client.Take(nil, c.w.now))
}

func (c *fuzzClient) check() {
	for id, ended := range c.asked {
		if ended != 1 {
			c.t.Errorf("request %d of socket %d ended %d times", id[1], id[0], ended)
		}
	}
}
