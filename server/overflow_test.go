package server

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// These go the whole way: a libzmq PUB, gateway, lanes, WebSocket, core's client.

func (p *page) subscribe(socket uint32, prefix string, opts client.SubscribeOptions) (id uint64) {
	p.t.Helper()
	p.do(func(c *client.Client) {
		var err error
		if id, err = c.Subscribe(socket, []byte(prefix), opts); err != nil {
			p.t.Fatal(err)
		}
	})
	return id
}

// TestRateOfALibzmqPublisher: 20 a second of 1000 a second, while another socket of the same WebSocket gets them all.
func TestRateOfALibzmqPublisher(t *testing.T) {
	const total = 900 // within the window of who gets all
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	all := p.open(core.SUB, pub.address(), "", "a")
	p.awaitKind(client.EventSubscribed)
	some := p.open(core.SUB, pub.address(), "")
	p.subscribe(some, "a", client.SubscribeOptions{Interval: 50 * time.Millisecond})
	p.awaitKind(client.EventSubscribed)

	begin := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for i := range total {
		<-tick.C
		pub.tell("a", fmt.Sprint(i))
	}
	last := fmt.Sprint(total - 1)
	messages, conflated, everything := 0, uint64(0), 0
	for seen := 0; seen < 2; {
		e := p.await("message or gap", func(e event) bool { return e.Kind == client.EventMessage || e.Kind == client.EventGap })
		switch {
		case e.Kind == client.EventGap && e.Socket == some && e.Code == core.OK:
			conflated += e.Missed
		case e.Kind == client.EventGap:
			t.Fatalf("a gap of %d on socket %d: %v", e.Missed, e.Socket, e.Code)
		case e.Socket == all:
			everything++
		default:
			messages++
		}
		if e.Kind == client.EventMessage && e.parts[1] == last {
			seen++
		}
	}
	took := time.Since(begin)
	if most := int(took/(50*time.Millisecond)) + 1; messages > most || messages < 5 {
		t.Errorf("%d messages in %v, want at most %d", messages, took, most)
	}
	if messages+int(conflated) != total || everything != total {
		t.Errorf("%d messages and %d conflated, the other socket got %d; %d were published", messages, conflated, everything, total)
	}
	if stats := b.Stats(); stats.Conflated != conflated || stats.Dropped != 0 {
		t.Errorf("counted %d conflated and %d dropped", stats.Conflated, stats.Dropped)
	}
}

// TestSlowPageIsSentTheNewest: of 200 topics the last value each, however often they changed while it did not read.
func TestSlowPageIsSentTheNewest(t *testing.T) {
	const topics, rounds, window = 200, 20, 1000
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	sub := p.open(core.SUB, pub.address(), "")
	p.subscribe(sub, "t", client.SubscribeOptions{Overflow: core.Conflate})
	p.subscribe(sub, "end", client.SubscribeOptions{})
	p.awaitKind(client.EventSubscribed)
	p.awaitKind(client.EventSubscribed)
	for round := 1; round <= rounds; round++ {
		fmt.Fprintln(pub.stdin, topics)
		waitFor(t, "a round", func() bool {
			stats := b.Stats()
			return stats.Messages+stats.Conflated+topics >= uint64(round*topics)
		})
	}
	pub.tell("end")
	waitFor(t, "the end to be queued", func() bool { return b.Stats().Queued > topics })
	p.do(func(c *client.Client) { c.Consumed(sub, window, 1<<20) })
	messages, conflated := 0, uint64(0)
	for {
		e := p.await("message or gap", func(e event) bool { return e.Kind == client.EventMessage || e.Kind == client.EventGap })
		if e.Kind == client.EventGap {
			if e.Code != core.OK {
				t.Fatalf("%d were lost: %v", e.Missed, e.Code)
			}
			conflated += e.Missed
			continue
		}
		if e.parts[0] == "end" {
			break
		}
		messages++
	}
	if messages+int(conflated) != topics*rounds || messages < window || conflated == 0 {
		t.Errorf("%d messages and %d conflated of %d", messages, conflated, topics*rounds)
	}
}

// TestSocketThatAsksToBeClosed: it ends alone, the bridge gives back what it held, and it can be opened again.
func TestSocketThatAsksToBeClosed(t *testing.T) {
	const window = 1000
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{HWM: 10}))
	p := dial(t, url, nil)
	for range 3 {
		other := p.open(core.SUB, pub.address(), "", "other")
		p.awaitKind(client.EventSubscribed)
		sub := p.open(core.SUB, pub.address(), "")
		p.subscribe(sub, "t", client.SubscribeOptions{Overflow: core.CloseSlow})
		p.awaitKind(client.EventSubscribed)
		before := b.Stats()
		for n := 500; n <= window; n += 500 {
			fmt.Fprintln(pub.stdin, 500)
			waitFor(t, "the messages to be sent", func() bool { return b.Stats().Messages-before.Messages >= uint64(n) })
		}
		fmt.Fprintln(pub.stdin, 11)
		for range window {
			p.awaitKind(client.EventMessage)
		}
		if e := p.await("the end", func(e event) bool { return e.Kind == client.EventClosed || e.Kind == client.EventMessage }); e.Kind != client.EventClosed || e.Socket != sub || e.Code != core.Busy {
			t.Fatalf("got %+v", e)
		}
		pub.tell("other", "still here")
		if e := p.awaitKind(client.EventMessage); e.Socket != other || e.parts[1] != "still here" {
			t.Errorf("got %+v", e)
		}
		if got := b.Stats().DroppedBy["close"] - before.DroppedBy["close"]; got != 11 {
			t.Errorf("%d were counted, want 11", got)
		}
		p.do(func(c *client.Client) { c.CloseSocket(other) })
		waitFor(t, "the sockets to be released", func() bool {
			stats := b.Stats()
			return stats.Sockets == 0 && stats.Subscriptions == 0 && stats.QueuedBytes == 0
		})
	}
}

// TestSocketsAreClosedWhileTheyAreUsed: gateways close sockets at the very moment at which the client speaks of them.
func TestSocketsAreClosedWhileTheyAreUsed(t *testing.T) {
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{HWM: 1}))
	done := make(chan struct{})
	go func() { // ends with the test
		defer close(done)
		for range 200 {
			if _, err := fmt.Fprintln(pub.stdin, 200); err != nil {
				return
			}
		}
	}()
	p := dial(t, url, nil)
	p.awaitKind(client.EventReady)
	for range 150 {
		sub := p.open(core.SUB, pub.address(), "")
		for _, prefix := range []string{"t0", "t00", "t000", "t0000"} {
			id := p.subscribe(sub, prefix, client.SubscribeOptions{Overflow: core.CloseSlow})
			p.do(func(c *client.Client) { c.Unsubscribe(sub, id) })
		}
		p.subscribe(sub, "t", client.SubscribeOptions{Overflow: core.CloseSlow, Interval: time.Hour})
		p.do(func(c *client.Client) { c.Connect(sub, pub.address(), nil) })
	}
	<-done
	waitFor(t, "every socket to be closed", func() bool {
		stats := b.Stats()
		if stats.Sockets > 0 {
			fmt.Fprintln(pub.stdin, 3) // for those that were opened too late
		}
		return stats.Sockets == 0 && stats.Subscriptions == 0 && stats.QueuedBytes == 0
	})
}

// TestTabThatDoesNotRead: what a window does not cover costs the bridge the HWM, in messages and in bytes, whatever is
// published; and the next socket of the same WebSocket nothing.
func TestTabThatDoesNotRead(t *testing.T) {
	const hwm, size, place = 50, len("t00000."), 128 // a message costs its place besides its payload
	pub := startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{HWM: hwm}))
	c := dialFrames(t, url)
	c.send(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: 5, Bytes: 1000, Text: []byte(pub.address())},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("t"), Flags: uint64(core.DropOldest)},
		core.Frame{Kind: core.KindOpen, Socket: 2, ID: 1, Type: core.SUB, Messages: 1 << 30, Bytes: 1 << 30, Text: []byte(pub.address())},
		core.Frame{Kind: core.KindSubscribe, Socket: 2, ID: 1, Name: []byte("t")})
	c.await(core.KindSubscribed)
	c.await(core.KindSubscribed)
	first, told := 0, uint64(0) // of socket 1
	for range 10 {
		fmt.Fprintln(pub.stdin, 500)
		for got := 0; got < 500; {
			f := c.next()
			switch {
			case f.Socket == 2 && f.Kind == core.KindMessage:
				got++
			case f.Socket == 1 && f.Kind == core.KindMessage:
				first++
			case f.Socket == 1 && f.Kind == core.KindGap: // of a burst that was faster than the writer
				told += f.Messages
			default:
				t.Fatalf("%v on socket %d", f.Kind, f.Socket)
			}
		}
	}
	if first != 5 {
		t.Fatalf("%d messages with credit for 5", first)
	}
	waitFor(t, "the last messages", func() bool { return b.Stats().DroppedBy["drop-oldest"] == 5000-5-hwm })
	if got := b.Stats(); got.Queued != hwm || got.QueuedBytes != hwm*(size+place) {
		t.Errorf("%d messages and %d bytes are queued, want %d and %d", got.Queued, got.QueuedBytes, hwm, hwm*(size+place))
	}
	c.send(core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1, Bytes: 1})
	if f := c.next(); f.Kind != core.KindGap || f.ID != 1 || f.Messages+told != 5000-5-hwm || f.Code != core.Busy {
		t.Errorf("got %+v", f)
	}
	if f := c.next(); !strings.Contains(string(f.Body), fmt.Sprintf("t%05d.", 500-hwm)) {
		t.Errorf("got %q", f.Body)
	}
}

// TestCreditOverflowClosesThatConnectionAlone: a client that cannot count, in each of the two numbers, and one that can.
func TestCreditOverflowClosesThatConnectionAlone(t *testing.T) {
	pub := startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	bystander := dial(t, url, nil)
	bystander.open(core.SUB, pub.address(), "", "")
	bystander.awaitKind(client.EventSubscribed)
	open := core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Messages: 10, Bytes: 10, Text: []byte(pub.address())}
	for _, grant := range []core.Frame{
		{Kind: core.KindCredit, Socket: 1, Messages: core.MaxCredit},
		{Kind: core.KindCredit, Socket: 1, Bytes: core.MaxCredit - 9},
		{Kind: core.KindCredit, Socket: 1, Messages: 1 << 63},
	} {
		c := dialFrames(t, url)
		c.send(open, grant)
		if got := c.awaitClose(); got != core.CloseState {
			t.Errorf("%+v: closed with %d", grant, got)
		}
		pub.tell("to the bystander")
		if got := bystander.awaitKind(client.EventMessage); got.parts[0] != "to the bystander" {
			t.Errorf("the bystander got %q", got.parts)
		}
	}
	c := dialFrames(t, url)
	c.send(open, core.Frame{Kind: core.KindCredit, Socket: 1, Messages: core.MaxCredit - 10, Bytes: core.MaxCredit - 10},
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	c.await(core.KindSubscribed)
}

// TestRuleOfAnEndpoint: what its Flow says, to the page.
func TestRuleOfAnEndpoint(t *testing.T) {
	pub := startPeer(t, "pub", 0)
	var mu sync.Mutex
	var asked []Access
	_, url := startBridge(t, allowAll(Config{Log: quiet, Flow: func(a Access) Flow {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, a)
		return Flow{Overflow: core.Conflate, Allow: []core.Overflow{core.DropOldest}, MaxRate: 0.001}
	}}))
	p := dial(t, url, http.Header{"X-Who": {"hugo"}})
	sub := p.open(core.SUB, pub.address(), "")
	refused := p.subscribe(sub, "a", client.SubscribeOptions{Overflow: core.CloseSlow})
	e := p.awaitKind(client.EventUnsubscribed)
	if e.ID != refused || e.Code != core.Denied || string(e.Text) != "overflow close is not allowed here, but conflate, drop-oldest" {
		t.Errorf("got %v: %s", e.Code, e.Text)
	}
	p.subscribe(sub, "a", client.SubscribeOptions{Overflow: core.DropOldest, Interval: time.Millisecond})
	p.awaitKind(client.EventSubscribed)
	for i := range 10 {
		pub.tell("a", fmt.Sprint(i))
	}
	p.awaitKind(client.EventMessage)
	p.open(core.SUB, pub.address(), "", "end")
	p.awaitKind(client.EventSubscribed)
	pub.tell("end")
	if e := p.awaitKind(client.EventMessage); e.parts[0] != "end" {
		t.Errorf("after the first message came %q", e.parts)
	}
	mu.Lock()
	defer mu.Unlock()
	if !slices.ContainsFunc(asked, func(a Access) bool {
		return a.Subscribe && string(a.Prefix) == "a" && a.HTTP.Header.Get("X-Who") == "hugo"
	}) {
		t.Errorf("the hook was asked %+v", asked)
	}
}
