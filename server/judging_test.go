package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestRulesChange: what is no longer allowed is denied, exactly that, and nobody else notices.
func TestRulesChange(t *testing.T) {
	t.Parallel()
	publisher, echo := startPeer(t, "pub", 0), startPeer(t, "rep", 0)
	cfg := names{"feed": {publisher.address()}, "calc": {echo.address()}}.config()
	var denied atomic.Value // "feed", "fx.", or "" for nothing
	denied.Store("")
	cfg.ZMQAllowed = func(_ context.Context, a Access) error {
		if what := denied.Load(); what == a.Endpoint.Name || a.Subscribe && what == string(a.Prefix) {
			return core.NewError(core.Denied, "not any more")
		}
		return nil
	}
	b, url := startBridge(t, cfg)
	p, other := dial(t, url, nil), dial(t, url, nil)
	calc := p.open(core.REQ, "calc", "")
	for _, page := range []*page{p, other} {
		page.open(core.SUB, "feed", "", "fx.", "eq.")
		page.awaitKind(client.EventSubscribed)
		page.awaitKind(client.EventSubscribed)
	}
	b.Judge(t.Context())
	publisher.tell("fx.1")
	p.awaitKind(client.EventMessage)
	other.awaitKind(client.EventMessage)

	denied.Store("fx.")
	b.Judge(t.Context())
	if got := p.awaitKind(client.EventUnsubscribed); got.Code != core.Denied || string(got.Text) != "not any more" {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	publisher.tell("fx.2")
	publisher.tell("eq.1")
	if got := p.awaitKind(client.EventMessage); got.parts[0] != "eq.1" {
		t.Errorf("got %q", got.parts)
	}

	denied.Store("feed")
	b.Judge(t.Context())
	if got := p.awaitKind(client.EventRefused); got.Code != core.Denied {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	other.awaitKind(client.EventRefused)
	if got := p.request(calc, "still here?"); got.Kind != client.EventReply {
		t.Errorf("the other socket: %v %s", got.Code, got.Text)
	}
	if got := b.Stats(); got.Withdrawn != 4 || got.Subscriptions != 2 {
		t.Errorf("%d withdrawn, %d subscriptions", got.Withdrawn, got.Subscriptions)
	}
}

// TestRulesChangeUnderLoad: a hundred times the rules are read anew, and nothing is lost.
func TestRulesChangeUnderLoad(t *testing.T) {
	t.Parallel()
	publisher, echo := startPeer(t, "pub", 0), startPeer(t, "rep", 0)
	b, url := startBridge(t, names{"feed": {publisher.address()}, "calc": {echo.address()}}.config())
	p := dial(t, url, nil)
	p.open(core.SUB, "feed", "", "")
	calc := p.open(core.REQ, "calc", "")
	p.awaitKind(client.EventSubscribed)
	const rounds = 100
	for i := range rounds {
		publisher.tell(strconv.Itoa(i))
		id := p.ask(calc, 0, strconv.Itoa(i))
		b.Judge(t.Context())
		seen := 0
		for seen < 2 {
			got := p.await("a message or an answer", func(event) bool { return true })
			switch {
			case got.Kind == client.EventMessage && got.parts[0] == strconv.Itoa(i), got.Kind == client.EventReply && got.ID == id:
				seen++
			case got.Kind != client.EventOpened && got.Kind != client.EventSubscribed:
				t.Fatalf("round %d: %+v", i, got)
			}
		}
	}
}

// TestHookThatTakesForEver: whoever waits for a hook is left as it is, and the others are judged.
func TestHookThatTakesForEver(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	cfg := names{"calc": {echo.address()}}.config()
	var changed atomic.Bool
	cfg.ZMQAllowed = func(ctx context.Context, a Access) error {
		if !changed.Load() {
			return nil
		}
		if a.HTTP.Header.Get("Slow") != "" {
			<-ctx.Done()
		}
		return core.NewError(core.Denied, "not any more")
	}
	cfg.HookTimeout = patience / 20
	b, url := startBridge(t, cfg)
	slow, quick := dial(t, url, http.Header{"Slow": {"yes"}}), dial(t, url, nil)
	calc := slow.open(core.REQ, "calc", "")
	slow.awaitKind(client.EventOpened)
	quick.open(core.REQ, "calc", "")
	quick.awaitKind(client.EventOpened)
	changed.Store(true)
	b.Judge(t.Context())
	quick.awaitKind(client.EventRefused)
	if got := slow.request(calc, "still here"); got.Kind != client.EventReply {
		t.Errorf("the slow one: %v %s", got.Code, got.Text)
	}
}

// TestAddressChanges: a name leads elsewhere. The page is told that its backend was away, and that something may be missing.
func TestAddressChanges(t *testing.T) {
	t.Parallel()
	before, after := startPeer(t, "pub", 0), startPeer(t, "pub", 0)
	var address atomic.Value
	address.Store(before.address())
	cfg := names{"feed": {""}}.config()
	cfg.Gateway.Resolve = func(core.Endpoint) (core.Endpoint, error) { return core.ParseAddress(address.Load().(string)) }
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	p.open(core.SUB, "feed", "", "")
	p.awaitKind(client.EventSubscribed)
	before.tell("from the first")
	p.awaitKind(client.EventMessage)

	address.Store(after.address())
	b.Moved("feed")
	if got := p.awaitKind(client.EventDown); got.Code != core.Unavailable {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	p.awaitKind(client.EventUp)
	for _, e := range b.Endpoints() {
		if e.Name == "feed" && e.Reconnects != 1 {
			t.Errorf("%d reconnects", e.Reconnects)
		}
	}
	after.tell("from the second")
	if got := p.awaitMessageOrGap(); got.Kind != client.EventGap {
		t.Errorf("instead of a gap: %+v", got)
	}
	if got := p.awaitKind(client.EventMessage); got.parts[0] != "from the second" {
		t.Errorf("got %q", got.parts)
	}
}

// TestOtherAddressesStay: of several addresses behind a name one changes, and the connections to the others are not touched.
func TestOtherAddressesStay(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.SUB, core.PUSH, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			kind := map[core.SocketType][]string{core.SUB: {"pub"}, core.PUSH: {"peer", "--type", "PULL"}, core.REQ: {"rep"}}[typ]
			start := func() string { return startPeer(t, kind[0], 0, kind[1:]...).address() }
			stays, before, after := start(), start(), start()
			var second atomic.Value
			second.Store(before)
			cfg := names{"many": {"", ""}}.config()
			cfg.Gateway.Resolve = func(name core.Endpoint) (core.Endpoint, error) {
				return core.ParseAddress([]string{stays, second.Load().(string)}[name.Nth])
			}
			b, url := startBridge(t, cfg)
			dial(t, url, nil).open(typ, "many", "", map[bool][]string{true: {""}}[typ == core.SUB]...)
			are := func(reconnects uint64) bool {
				e := b.Endpoints()
				return len(e) == 1 && e[0].Up == 2 && e[0].Reconnects == reconnects
			}
			waitFor(t, "the connections", func() bool { return are(0) })
			b.Moved("many") // and none has
			second.Store(after)
			b.Moved("many")
			waitFor(t, "one other connection", func() bool { return are(1) })
		})
	}
}

// TestBoundAddressChanges: the bridge listens elsewhere, and not where it did, whoever is still there.
func TestBoundAddressChanges(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.PULL, core.SUB, core.REP} {
		t.Run(typ.String(), func(t *testing.T) {
			before, after := "127.0.0.1:"+strconv.Itoa(freePort(t)), "127.0.0.1:"+strconv.Itoa(freePort(t))
			var address atomic.Value
			address.Store("tcp://" + before)
			cfg := names{"jobs": {""}}.config("jobs")
			cfg.Gateway.Resolve = func(core.Endpoint) (core.Endpoint, error) { return core.ParseAddress(address.Load().(string)) }
			b, url := startBridge(t, cfg)
			p := dial(t, url, nil)
			p.open(typ, "jobs", "")
			p.awaitKind(client.EventOpened)

			address.Store("tcp://" + after)
			b.Moved("jobs")
			if l, err := net.Listen("tcp", before); err != nil {
				t.Errorf("it listens where it did: %v", err)
			} else {
				l.Close()
			}
			if got := p.awaitKind(client.EventDown); got.Code != core.Unavailable {
				t.Errorf("%v %s", got.Code, got.Text)
			}
			p.awaitKind(client.EventUp)
			conn, err := net.Dial("tcp", after)
			if err != nil {
				t.Fatalf("it does not listen where it is to: %v", err)
			}
			conn.Close()
		})
	}
}

// TestBoundAddressesAreExchanged: each is free only when the other has left it.
func TestBoundAddressesAreExchanged(t *testing.T) {
	t.Parallel()
	ports := []int{freePort(t), freePort(t)}
	var exchanged atomic.Bool
	cfg := names{"left": {""}, "right": {""}}.config("left", "right")
	cfg.Gateway.Resolve = func(name core.Endpoint) (core.Endpoint, error) {
		port := ports[0]
		if (name.Name == "left") == exchanged.Load() {
			port = ports[1]
		}
		return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: uint16(port)}, nil
	}
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	for _, name := range []string{"left", "right"} {
		p.open(core.PULL, name, "")
		p.awaitKind(client.EventOpened)
	}
	exchanged.Store(true)
	b.Moved("left", "right")
	for range 2 {
		p.awaitKind(client.EventUp)
	}
	for _, e := range b.gateways.Backends() {
		if !e.Up() {
			t.Errorf("%s: %v", e.Endpoint.Name, e.Err)
		}
	}
}

// TestNameGetsMoreAddresses, and fewer.
func TestNameGetsMoreAddresses(t *testing.T) {
	t.Parallel()
	both := backends(t, "REP")
	known := names{"calc": {both[0].address(), both[1].address()}}
	cfg := known.config()
	var addresses atomic.Int32
	addresses.Store(1)
	cfg.Named = func(string) (Named, bool) { return Named{Addresses: int(addresses.Load())}, true }
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	calc := p.open(core.REQ, "calc", "")
	p.awaitKind(client.EventOpened)
	for _, n := range []int32{2, 1, 2} {
		addresses.Store(n)
		b.Judge(t.Context())
		waitFor(t, fmt.Sprintf("%d connections", n), func() bool { return b.Stats().Gateway.LinksUp >= int64(n) })
		ids := make([]uint64, 2)
		for i := range ids {
			ids[i] = p.ask(calc, 0, fmt.Sprint(i))
		}
		for i := range n {
			both[i].hear()
			both[i].tell("an answer")
		}
		if n == 1 {
			both[0].hear()
			both[0].tell("an answer")
		}
		for range ids { // from two backends they come in any order
			got := p.await("an answer", func(e event) bool { return e.Kind == client.EventReply || e.Kind == client.EventFailed })
			if got.Kind != client.EventReply || !slices.Contains(ids, got.ID) {
				t.Errorf("with %d addresses: %v %s", n, got.Code, got.Text)
			}
		}
	}
}
