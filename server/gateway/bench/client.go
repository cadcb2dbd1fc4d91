package main

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// clientCommand is the first argument of a process of this program that is measured. The others are those of libzmq.c's
// clients, and it prints what they print.
const clientCommand = "client"

// timeout is for what should not take any time.
const timeout = 10 * time.Second

// client is what is measured: it counts what a gateway gives it.
type client struct {
	factory  *gateway.Factory
	endpoint core.Endpoint
	size     int // of a body
	window   int // echoes or requests to keep under way

	count atomic.Int64
	err   chan error // the first thing that went wrong
}

// runClient measures one gateway. It leaves everything open at the end: the CPU time is the messages' alone.
func runClient(args []string) error {
	if len(args) != 6 {
		return errors.New("only for the program itself")
	}
	endpoint, err := core.ParseAddress(args[1])
	if err != nil {
		return err
	}
	var numbers [4]float64
	for i := range numbers {
		if numbers[i], err = strconv.ParseFloat(args[2+i], 64); err != nil {
			return err
		}
	}
	seconds := func(i int) time.Duration { return time.Duration(numbers[i] * float64(time.Second)) }
	c := &client{
		factory:  gateway.NewFactory(gateway.Config{}),
		endpoint: endpoint,
		size:     int(numbers[0]),
		window:   int(numbers[1]),
		err:      make(chan error, 1),
	}
	switch args[0] {
	case "echo-client":
		err = c.echo()
	case "flood-client":
		err = c.subscribe()
	case "rep-client":
		err = c.request()
	default:
		err = errors.New("there is no " + args[0])
	}
	if err != nil {
		return err
	}
	return c.measure(seconds(2), seconds(3))
}

// measure looks at the count twice, the first time warmup after the first message.
func (c *client) measure(warmup, measure time.Duration) error {
	for begin := time.Now(); c.count.Load() == 0 && len(c.err) == 0; time.Sleep(time.Millisecond) {
		if time.Since(begin) > timeout {
			return errors.New("nothing arrives")
		}
	}
	time.Sleep(warmup)
	before, begin := c.count.Load(), time.Now()
	time.Sleep(measure)
	after, took := c.count.Load(), time.Since(begin)
	select {
	case err := <-c.err:
		return err
	default:
	}
	fmt.Printf("%d %.6f %d\n", after-before, took.Seconds(), c.count.Load())
	return nil
}

func (c *client) failed(err error) {
	select {
	case c.err <- err:
	default:
	}
}

// take counts a message.
func (c *client) take(body []byte) {
	if len(body) != c.size {
		c.failed(fmt.Errorf("got %d bytes, not %d", len(body), c.size))
	}
	c.count.Add(1)
}

// connection is a Watcher that waits for the peer.
type connection chan struct{}

func (connection) Down(error) {}
func (up connection) Up() {
	select {
	case up <- struct{}{}:
	default:
	}
}

// connected returns when the gateway is.
func connected(watch func(gateway.Watcher) (stop func())) error {
	up := make(connection, 1)
	defer watch(up)()
	select {
	case <-up:
		return nil
	case <-time.After(timeout):
		return errors.New("no connection")
	}
}

// dealer keeps echoes under way.
type dealer struct {
	*client
	port    *gateway.Port
	message core.Message
}

func (c *client) echo() error {
	d := &dealer{client: c, message: core.Message{[]byte("12345678"), {}, make([]byte, c.size)}}
	var err error
	if d.port, err = c.factory.Port(core.DEALER, c.endpoint, gateway.PortOptions{Receiver: d}); err != nil {
		return err
	}
	if err := connected(d.port.Watch); err != nil {
		return err
	}
	for range c.window {
		d.send()
	}
	return nil
}

func (d *dealer) send() {
	if err := d.port.Send(d.message, nil); err != nil {
		d.failed(err)
	}
}

// Receive is part of gateway.Receiver.
func (d *dealer) Receive(m core.Message) bool {
	d.take(m[len(m)-1])
	d.send()
	return true
}

// subscriber takes everything.
type subscriber struct{ *client }

func (c *client) subscribe() error {
	g, err := c.factory.Sub(c.endpoint)
	if err != nil {
		return err
	}
	g.Attach(subscriber{c}).Subscribe(nil, nil)
	return nil
}

// Deliver is part of gateway.Subscriber.
func (s subscriber) Deliver(p gateway.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) { s.take(m[0]) })
}

// request keeps requests under way, as that many pages would of which each makes one at a time.
func (c *client) request() error {
	g, err := c.factory.Req(c.endpoint)
	if err != nil {
		return err
	}
	if err := connected(g.Watch); err != nil {
		return err
	}
	m := core.Message{make([]byte, c.size)}
	var again func(core.Message, error)
	again = func(reply core.Message, err error) {
		if err != nil {
			c.failed(err)
			return
		}
		c.take(reply[0])
		g.Do(m, 0, again)
	}
	for range c.window {
		g.Do(m, 0, again)
	}
	return nil
}
