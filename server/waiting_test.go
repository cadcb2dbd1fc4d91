package server

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// oracle is a service that decides, and takes its time for some questions: until it is told to answer.
type oracle struct {
	slow    atomic.Value // the endpoint, or the prefix, that it has to think about; "": none
	asked   chan string
	answers chan error
}

func newOracle(slow string) *oracle {
	o := &oracle{asked: make(chan string, 100), answers: make(chan error)}
	o.slow.Store(slow)
	return o
}

func (o *oracle) decide(ctx context.Context, what string) error {
	if what != o.slow.Load() {
		return nil
	}
	o.asked <- what
	select {
	case err := <-o.answers:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaitAsked returns when the oracle thinks about something.
func (o *oracle) awaitAsked(t *testing.T) {
	t.Helper()
	select {
	case <-o.asked:
	case <-time.After(patience):
		t.Fatal("nobody was asked")
	}
}

// config is that of a bridge on which every decision may have to wait.
func (o *oracle) config(n names, bind ...string) Config {
	cfg := n.config(bind...)
	cfg.Waits = func(any) bool { return true }
	cfg.ZMQAllowed = func(ctx context.Context, a Access) error {
		if a.Subscribe {
			return o.decide(ctx, string(a.Prefix))
		}
		return o.decide(ctx, a.Endpoint.Name)
	}
	cfg.Terms = func(a Access) (Terms, error) {
		if a.Endpoint.Name != "judged" {
			return Terms{}, nil
		}
		return Terms{Admit: func(ctx context.Context, m core.Message) (core.Message, error) { return m, o.decide(ctx, string(m[0])) }}, nil
	}
	return cfg
}

// TestOneDecisionWaits: while somebody is asked about one socket of a client, its other sockets and its heartbeats go on; the frames
// of that socket wait, and are handled in their order.
func TestOneDecisionWaits(t *testing.T) {
	t.Parallel()
	echo, other := startPeer(t, "rep", 0), startPeer(t, "rep", 0)
	for _, c := range []struct{ what, slow string }{
		{"whether a socket may be opened", "judged"},
		{"whether something may be called", "slow call"},
	} {
		t.Run(c.what, func(t *testing.T) {
			o := newOracle(c.slow)
			_, url := startBridge(t, o.config(names{"judged": {echo.address()}, "free": {other.address()}}))
			p := dial(t, url, nil)
			free := p.open(core.REQ, "free", "")
			p.awaitKind(client.EventOpened)
			judged := p.open(core.REQ, "judged", "")
			first := p.ask(judged, 0, "slow call")
			second := p.ask(judged, 0, "quick call")
			o.awaitAsked(t)
			if got := p.request(free, "meanwhile"); got.Kind != client.EventReply {
				t.Fatalf("the other socket: %v %s", got.Code, got.Text)
			}
			o.answers <- nil
			for _, id := range []uint64{first, second} {
				if got := p.answer(id); got.Kind != client.EventReply {
					t.Errorf("%v %s", got.Code, got.Text)
				}
			}
		})
	}
}

// TestSubscriptionWaits, and is closed in the order in which the client has said so.
func TestSubscriptionWaits(t *testing.T) {
	t.Parallel()
	feed := startPeer(t, "pub", 0)
	o := newOracle("fx.")
	b, url := startBridge(t, o.config(names{"feed": {feed.address()}}))
	p := dial(t, url, nil)
	p.open(core.SUB, "feed", "", "fx.")
	quick := p.open(core.SUB, "feed", "", "eq.")
	o.awaitAsked(t)
	if got := p.awaitKind(client.EventSubscribed); got.Socket != quick {
		t.Errorf("socket %d is subscribed first", got.Socket)
	}
	o.answers <- core.NewError(core.Denied, "not fx")
	if got := p.awaitKind(client.EventUnsubscribed); got.Code != core.Denied || string(got.Text) != "not fx" {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	if n := b.Stats().Subscriptions; n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

// TestPlaceIsFreeInOrder: what a client has given back it can have again on another socket, although the bridge was still asking
// about the first one.
func TestPlaceIsFreeInOrder(t *testing.T) {
	t.Parallel()
	o := newOracle("desk")
	_, url := startBridge(t, o.config(names{"desk": {fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))}}, "desk"))
	p := dial(t, url, nil)
	first := p.open(core.ROUTER, "desk", "")
	o.awaitAsked(t)
	p.do(func(c *client.Client) { c.CloseSocket(first) })
	second := p.open(core.ROUTER, "desk", "")
	o.slow.Store("")
	o.answers <- nil
	got := p.await("an answer about the second", func(e event) bool {
		return e.Socket == second && (e.Kind == client.EventOpened || e.Kind == client.EventRefused)
	})
	if got.Kind != client.EventOpened {
		t.Errorf("%v %s", got.Code, got.Text)
	}
}

// TestOneClientAsksAFewAtATimeAndWaits: who decides is there for the others, too.
func TestOneClientAsksAFewAtATimeAndWaits(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	o := newOracle("judged")
	_, url := startBridge(t, o.config(names{"judged": {echo.address()}}))
	p := dial(t, url, nil)
	const sockets, atOnce = 10, 4
	for range sockets {
		p.open(core.REQ, "judged", "")
	}
	for range atOnce {
		o.awaitAsked(t)
	}
	for i := range sockets {
		if n := len(o.asked); n > 0 {
			t.Fatalf("%d more are asked about than may be", n)
		}
		o.answers <- nil
		p.awaitKind(client.EventOpened)
		if i < sockets-atOnce {
			o.awaitAsked(t)
		}
	}
}

// TestLastWordWaits: what a client has sent before it left is passed on, although somebody had still to be asked about it.
func TestLastWordWaits(t *testing.T) {
	t.Parallel()
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	o := newOracle("the last word")
	_, url := startBridge(t, o.config(names{"judged": {worker.address()}}))
	p := dial(t, url, nil)
	push := p.open(core.PUSH, "judged", "")
	p.awaitKind(client.EventOpened)
	p.send(push, "the last word")
	o.awaitAsked(t)
	p.leave()
	select {
	case o.answers <- nil:
	case <-time.After(patience):
		t.Fatal("nobody waits for the answer any more")
	}
	if got := worker.hear(); len(got) != 1 || got[0] != "the last word" {
		t.Errorf("%q", got)
	}
}

// TestClientLeavesWhileSomebodyIsAsked: nothing is left of it.
func TestClientLeavesWhileSomebodyIsAsked(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	o := newOracle("judged")
	cfg := o.config(names{"judged": {echo.address()}})
	cfg.NoResume = true
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	calc := p.open(core.REQ, "judged", "")
	for i := range 10 {
		p.ask(calc, 0, fmt.Sprint(i))
	}
	o.awaitAsked(t)
	p.cut()
	waitFor(t, "nothing to be held", func() bool { s := b.Stats(); return s.Connections == 0 && s.MemoryHeld == 0 })
}

// TestRulesChangeWhileSomebodyIsAsked: a socket whose client never stops asking is judged all the same.
func TestRulesChangeWhileSomebodyIsAsked(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	o := newOracle("slow call")
	var denied atomic.Bool
	cfg := o.config(names{"judged": {echo.address()}})
	allowed := cfg.ZMQAllowed
	cfg.ZMQAllowed = func(ctx context.Context, a Access) error {
		if denied.Load() {
			return core.NewError(core.Denied, "not any more")
		}
		return allowed(ctx, a)
	}
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	calc := p.open(core.REQ, "judged", "")
	p.awaitKind(client.EventOpened)
	const many = 300 // more than wait for their turn
	for range many {
		p.ask(calc, 0, "slow call")
	}
	o.awaitAsked(t)
	denied.Store(true)
	judged := make(chan struct{})
	go func() {
		defer close(judged)
		b.Judge(t.Context())
	}()
	late := time.After(patience)
	for over := false; !over; {
		select {
		case <-judged:
			over = true
		case o.answers <- nil:
			p.ask(calc, 0, "slow call")
		case <-o.asked:
		case <-late:
			t.Fatal("the judge still waits")
		}
	}
	p.await("the refusal", func(e event) bool { return e.Kind == client.EventRefused && e.Code == core.Denied })
}

// TestLoginWaits: while somebody is asked about new credentials the sockets go on, and what a client asks for behind them is judged
// as the user that it says it is by then.
func TestLoginWaits(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	o := newOracle(`"new"`)
	cfg := o.config(names{"calc": {echo.address()}, "desk": {echo.address()}})
	cfg.Waits = nil
	cfg.Authenticate = func(ctx context.Context, _ *http.Request, credentials []byte) (any, error) {
		return string(credentials), o.decide(ctx, string(credentials))
	}
	cfg.SameUser = func(_, _ any) bool { return true }
	cfg.ZMQAllowed = func(_ context.Context, a Access) error {
		if a.Endpoint.Name == "desk" && a.User != `"new"` {
			return core.NewError(core.Denied, "not yet")
		}
		return nil
	}
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	calc := p.open(core.REQ, "calc", "")
	p.awaitKind(client.EventOpened)
	p.do(func(c *client.Client) { c.SetCredentials([]byte(`"new"`)) })
	desk := p.open(core.REQ, "desk", "")
	o.awaitAsked(t)
	if got := p.request(calc, "meanwhile"); got.Kind != client.EventReply {
		t.Fatalf("%v %s", got.Code, got.Text)
	}
	o.answers <- nil
	if got := p.request(desk, "as the new one"); got.Kind != client.EventReply {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	if n := b.Stats().Renewed; n != 1 {
		t.Errorf("%d renewals", n)
	}
}
