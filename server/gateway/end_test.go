package gateway

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// peerID is the routing id of a peer of a ROUTER.
const peerID = "peer"

// end is our end of a pair, whatever gateway it takes: messages go in and out without envelopes.
type end struct {
	pair
	factory  *Factory
	endpoint core.Endpoint
	watched  Events // of one that connects
	watch    func(Watcher) (stop func())

	send   func(core.Message) error // only for a pair that says something
	refuse func(core.Message) error // what a message is refused with that cannot be sent
	in     chan core.Message        // what comes
	news   chan core.Message        // of an XPUB: subscriptions

	requests     chan *Incoming // of a REP: to be answered by send
	outcomes     chan error     // of a REQ: how requests ended
	asked, ended atomic.Int64   // of a REQ: how many
}

// openEnd opens our end at an endpoint, in a factory of its own. The error is that of the factory.
func openEnd(t testing.TB, p pair, c Config, ep core.Endpoint) (*end, error) {
	e := &end{
		pair: p, factory: newTestFactory(t, c), watched: NewEvents(),
		in: make(chan core.Message, Plenty), news: make(chan core.Message, Plenty),
		requests: make(chan *Incoming, Plenty), outcomes: make(chan error, Plenty),
	}
	switch {
	case p.ours == core.REQ && !p.bind:
		return e, e.openReq(t, ep)
	case p.ours == core.REP && p.bind:
		return e, e.openRep(t, ep)
	case p.ours == core.SUB && !p.bind:
		return e, e.openSub(t, ep)
	}
	return e, e.openPort(t, ep)
}

// newEnd is openEnd for a pair that talks.
func newEnd(t testing.TB, p pair, c Config, ep core.Endpoint) *end {
	t.Helper()
	e, err := openEnd(t, p, c, ep)
	if err != nil {
		t.Fatalf("%v: %v", p, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%v: %+v", p, e.factory.Stats())
		}
	})
	return e
}

// requestTimeout is more than any test waits: a request that ends, ends for a reason.
const requestTimeout = time.Hour

func (e *end) openReq(t testing.TB, ep core.Endpoint) error {
	g, err := e.factory.Req(ep)
	if err != nil {
		return err
	}
	t.Cleanup(g.Release)
	t.Cleanup(g.Watch(e.watched))
	e.endpoint, e.watch = ep, g.Watch
	e.send = func(m core.Message) error {
		e.asked.Add(1)
		g.Do(m, requestTimeout, func(reply core.Message, err error) {
			e.ended.Add(1)
			if err == nil {
				e.in <- reply
			}
			e.outcomes <- err
		})
		return nil
	}
	e.refuse = func(m core.Message) error {
		refused := make(chan error, 1)
		g.Do(m, requestTimeout, func(_ core.Message, err error) { refused <- err })
		return Await(t, "the refusal", refused)
	}
	return nil
}

func (e *end) openRep(t testing.TB, ep core.Endpoint) error {
	g, err := e.factory.Rep(ep)
	if err != nil {
		return err
	}
	t.Cleanup(g.Release)
	stop, err := g.Serve("", func(in *Incoming) {
		e.requests <- in
		e.in <- in.Message
	})
	if err != nil {
		return err
	}
	t.Cleanup(stop)
	e.endpoint = g.Endpoint()
	e.send = func(m core.Message) error { return (<-e.requests).Reply(m) }
	return nil
}

func (e *end) openSub(t testing.TB, ep core.Endpoint) error {
	g, err := e.factory.Sub(ep)
	if err != nil {
		return err
	}
	t.Cleanup(g.Release)
	t.Cleanup(g.Watch(e.watched))
	e.endpoint, e.watch = ep, g.Watch
	s := g.Attach(e)
	t.Cleanup(s.Close)
	s.Subscribe(nil, nil)
	return nil
}

// Deliver implements Subscriber.
func (e *end) Deliver(p burst.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) { e.in <- m })
}

func (e *end) openPort(t testing.TB, ep core.Endpoint) error {
	p, err := e.factory.Port(e.ours, ep, PortOptions{Bind: e.bind, Receiver: e})
	if err != nil {
		return err
	}
	t.Cleanup(p.Release)
	if !e.bind {
		t.Cleanup(p.Watch(e.watched))
	}
	e.endpoint, e.watch = p.Endpoint(), p.Watch
	e.send = func(m core.Message) error { return p.Send(e.wrap(m), nil) }
	e.refuse = func(m core.Message) error { return p.Send(m, nil) }
	p.Subscribe(nil, nil)
	return nil
}

// wrap puts a message into the envelope the application has to write.
func (e *end) wrap(m core.Message) (out core.Message) {
	if e.ours == core.ROUTER {
		out = append(out, []byte(peerID))
	}
	if e.envelope() {
		out = append(out, nil)
	}
	return append(out, m...)
}

// Receive implements Receiver.
func (e *end) Receive(m core.Message) bool {
	if _, ok := topic.ParseChange(m); ok && e.ours == core.XPUB {
		e.news <- m
		return true
	}
	if e.ours == core.ROUTER {
		m = m[1:]
	}
	if e.envelope() {
		if len(m[0]) > 0 {
			panic(fmt.Sprintf("no empty part in front of %q", m))
		}
		m = m[1:]
	}
	e.in <- m
	return true
}

// connected tells whether the end has a peer.
func (e *end) connected() bool {
	s := e.factory.Stats()
	return s.LinksUp+s.PeersUp > 0
}

// reason is why nobody can be reached at the moment. Whoever asks for it may have to wait for the next dial.
func (e *end) reason(t testing.TB) (reason error) {
	t.Helper()
	var now link.Status
	defer e.watch(&now)()
	Eventually(t, "it is known whether somebody can be reached", func() (known bool) {
		known, reason = now.Get()
		return known
	})
	return reason
}

// failure waits for a request that fails.
func (e *end) failure(t testing.TB) error {
	t.Helper()
	for {
		if err := Await(t, "a request fails", e.outcomes); err != nil {
			return err
		}
	}
}
