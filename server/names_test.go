package server

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// names are endpoints that a bridge of a test knows, and their addresses.
type names map[string][]string

// config is of a bridge that lets everybody reach what has a name, and no raw address.
func (n names) config(bind ...string) Config {
	cfg := allowAll(Config{
		ZMQAllowed: func(_ context.Context, a Access) error {
			if n[a.Endpoint.Name] == nil {
				return core.NewError(core.Denied, a.String()+" is not allowed here")
			}
			return nil
		},
		Named: func(name string) (named Named, known bool) {
			for _, bound := range bind {
				named.Bind = named.Bind || bound == name
			}
			named.Addresses = len(n[name])
			return named, n[name] != nil
		},
	})
	cfg.Gateway = gateway.Config{Resolve: func(name core.Endpoint) (core.Endpoint, error) {
		return core.ParseAddress(n[name.Name][name.Nth])
	}}
	return cfg
}

// TestNames: a page connects to a name, and never learns what is behind it.
func TestNames(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	port := strconv.Itoa(freePort(t))
	_, url := startBridge(t, names{"calc": {echo.address()}, "away": {"tcp://127.0.0.1:" + port}}.config())
	p := dial(t, url, nil)

	calc := p.open(core.REQ, "calc", "")
	if got := p.request(calc, "hello"); got.Kind != client.EventReply || got.parts[0] != "hello" {
		t.Errorf("by its name it answers %+v", got)
	}
	p.open(core.SUB, "away", "")
	if got := p.awaitKind(client.EventDown); got.Code != core.Unavailable || strings.Contains(string(got.Text), port) || !strings.Contains(string(got.Text), "away") {
		t.Errorf("of a backend that is away the page is told %v %s", got.Code, got.Text)
	}
	for _, address := range []string{"nonsense", echo.address()} {
		p.open(core.REQ, address, "")
		want := "REQ " + address + ` as "the-page" is not allowed here`
		if got := p.awaitKind(client.EventRefused); got.Code != core.Denied || string(got.Text) != want {
			t.Errorf("%s: %v %s", address, got.Code, got.Text)
		}
	}
}

// TestNameWithoutHooks: a Go program that knows no names refuses them, even if it allows everything.
func TestNameWithoutHooks(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	p := dial(t, url, nil)
	p.open(core.SUB, "prices", "")
	if got := p.awaitKind(client.EventRefused); got.Code != core.Denied {
		t.Errorf("%v %s", got.Code, got.Text)
	}
}

// TestNameWhereTheBridgeListens: the page need not know who connects to whom.
func TestNameWhereTheBridgeListens(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	_, url := startBridge(t, names{"jobs": {"tcp://127.0.0.1:" + strconv.Itoa(port)}}.config("jobs"))
	p := dial(t, url, nil)
	p.open(core.PULL, "jobs", "")
	p.awaitKind(client.EventOpened)
	startPeer(t, "peer", port, "--type", "PUSH", "--connect").tell("a job")
	if got := p.awaitKind(client.EventMessage); got.parts[0] != "a job" {
		t.Errorf("got %q", got.parts)
	}
}

// TestPageDoesNotTakeThePlaceOfABackend: a backend is away, and a page that says bind has the bridge connect all the same.
func TestPageDoesNotTakeThePlaceOfABackend(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.PUSH, core.PUB, core.SUB, core.DEALER, core.PULL} {
		t.Run(typ.String(), func(t *testing.T) {
			port := freePort(t)
			address := "tcp://127.0.0.1:" + strconv.Itoa(port)
			_, url := startBridge(t, names{"upload": {address}}.config())
			p := dial(t, url, nil)
			p.bind(typ, "upload")
			if got := p.awaitKind(client.EventDown); got.Code != core.Unavailable {
				t.Errorf("%v %s", got.Code, got.Text)
			}
			l, err := net.Listen("tcp", strings.TrimPrefix(address, "tcp://"))
			if err != nil {
				t.Fatalf("the backend cannot have its address: %v", err)
			}
			l.Close()
		})
	}
}

// TestOtherEndListens: a name at which the bridge connects becomes one at which it listens. The page has to ask again.
func TestOtherEndListens(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	cfg := names{"jobs": {"tcp://127.0.0.1:" + strconv.Itoa(port)}}.config()
	var listens atomic.Bool
	cfg.Named = func(string) (Named, bool) { return Named{Bind: listens.Load()}, true }
	b, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	p.open(core.PULL, "jobs", "")
	p.awaitKind(client.EventDown)
	listens.Store(true)
	b.Judge(t.Context())
	if got := p.awaitKind(client.EventRefused); got.Code != core.Denied {
		t.Errorf("%v %s", got.Code, got.Text)
	}
	p.open(core.PULL, "jobs", "")
	p.awaitKind(client.EventOpened)
}

// TestNameWithSeveralAddresses: they are one endpoint, which is up as long as one of them is.
func TestNameWithSeveralAddresses(t *testing.T) {
	t.Parallel()
	both := backends(t, "PUB")
	_, url := startBridge(t, names{"feed": {both[0].address(), both[1].address()}}.config())
	p := dial(t, url, nil)
	feed := p.open(core.SUB, "feed", "", "")
	p.awaitKind(client.EventOpened)
	p.awaitKind(client.EventSubscribed)
	for i, b := range both {
		waitFor(t, "a message of publisher "+strconv.Itoa(i), func() bool {
			b.tell("from " + strconv.Itoa(i))
			p.mu.Lock()
			defer p.mu.Unlock()
			for _, e := range p.events {
				if e.Kind == client.EventMessage && e.parts[0] == "from "+strconv.Itoa(i) {
					return true
				}
			}
			return false
		})
	}
	both[0].kill()
	both[1].tell("still here")
	got := p.await("the last message", func(e event) bool {
		if e.Kind == client.EventDown {
			t.Errorf("down, though one publisher is there: %s", e.Text)
		}
		return e.Kind == client.EventMessage && e.parts[0] == "still here"
	})
	if got.Socket != feed {
		t.Errorf("on socket %d", got.Socket)
	}
	both[1].kill()
	p.awaitKind(client.EventDown)
}

// TestTermsOfRequests: what a client asks is judged, and may be put otherwise; and an endpoint says how long that takes.
func TestTermsOfRequests(t *testing.T) {
	t.Parallel()
	echo, silent := startPeer(t, "rep", 0), startPeer(t, "held", 0)
	cfg := names{"calc": {echo.address()}, "slow": {silent.address()}}.config()
	cfg.Terms = func(a Access) (Terms, error) {
		if a.Endpoint.Name == "slow" {
			return Terms{Timeout: 50 * time.Millisecond}, nil
		}
		return Terms{Admit: func(_ context.Context, m core.Message) (core.Message, error) {
			switch string(m[0]) {
			case "secret":
				return nil, core.NewError(core.Denied, "not that")
			case "panic":
				panic("a mistake in a hook")
			}
			return append(core.Message{[]byte("checked")}, m...), nil
		}}, nil
	}
	_, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	calc := p.open(core.REQ, "calc", "")
	if got := p.request(calc, "hello"); got.Kind != client.EventReply || strings.Join(got.parts, " ") != "checked hello" {
		t.Errorf("%v %q", got.Kind, got.parts)
	}
	for _, text := range []string{"secret", "panic"} {
		if got := p.request(calc, text); got.Kind != client.EventFailed || got.Code != core.Denied {
			t.Errorf("%s: %v %v %s", text, got.Kind, got.Code, got.Text)
		}
	}
	if got := p.answer(p.ask(p.open(core.REQ, "slow", ""), time.Minute, "hello")); got.Code != core.Timeout {
		t.Errorf("%v %s", got.Code, got.Text)
	}
}

// TestTermsOfMessages: a message that is not admitted is refused by its code, and the others go on.
func TestTermsOfMessages(t *testing.T) {
	t.Parallel()
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	cfg := names{"upload": {worker.address()}}.config()
	cfg.Terms = func(Access) (Terms, error) {
		return Terms{Admit: func(_ context.Context, m core.Message) (core.Message, error) {
			if len(m) > 1 {
				return nil, core.NewError(core.Invalid, "one part only")
			}
			return m, nil
		}}, nil
	}
	_, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	upload := p.open(core.PUSH, "upload", "")
	p.awaitKind(client.EventOpened)
	p.send(upload, "a")
	p.send(upload, "b", "c")
	p.send(upload, "d")
	for _, want := range []string{"a", "d"} {
		if got := worker.hear(); got[0] != want {
			t.Errorf("the worker got %q, want %q", got, want)
		}
	}
	if got := p.awaitKind(client.EventFailed); got.Code != core.Invalid || string(got.Text) != "one part only" {
		t.Errorf("%v %s", got.Code, got.Text)
	}
}

// TestEndpointThatStandsAlone: what is meant for one backend goes to no other.
func TestEndpointThatStandsAlone(t *testing.T) {
	t.Parallel()
	echo := startPeer(t, "rep", 0)
	cfg := names{"calc": {echo.address()}, "other": {echo.address()}}.config()
	cfg.Terms = func(a Access) (Terms, error) { return Terms{Alone: a.Endpoint.Name == "calc"}, nil }
	_, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	for first, second := range map[string]string{"calc": "other", "other": "calc"} {
		socket := p.open(core.REQ, first, "")
		p.awaitKind(client.EventOpened)
		p.connect(socket, second)
		if got := p.awaitKind(client.EventRefused); got.Code != core.Invalid {
			t.Errorf("%s and then %s: %v %s", first, second, got.Code, got.Text)
		}
	}
}

// TestRateOfWhatIsSent: what comes too fast waits, and nothing is lost of it.
func TestRateOfWhatIsSent(t *testing.T) {
	t.Parallel()
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	cfg := names{"upload": {worker.address()}}.config()
	const rate, messages = 100, 50
	cfg.Terms = func(Access) (Terms, error) { return Terms{Rate: rate}, nil }
	_, url := startBridge(t, cfg)
	p := dial(t, url, nil)
	upload := p.open(core.PUSH, "upload", "")
	p.awaitKind(client.EventOpened)
	begun := time.Now()
	for i := range messages {
		p.send(upload, strconv.Itoa(i))
	}
	for i := range messages {
		if got := worker.hear(); got[0] != strconv.Itoa(i) {
			t.Fatalf("the worker got %q for message %d", got, i)
		}
	}
	// A tenth of a second's worth may leave at once.
	if took, least := time.Since(begun), time.Duration(messages-rate/10-1)*time.Second/rate; took < least {
		t.Errorf("%d messages took %v; at %d a second they take %v", messages, took, rate, least)
	}
}

// TestRateOfManySockets: it is that of the user, or of the address, and not of each socket or connection.
func TestRateOfManySockets(t *testing.T) {
	t.Parallel()
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	cfg := names{"upload": {worker.address()}}.config()
	cfg.Terms = func(Access) (Terms, error) { return Terms{Rate: 20}, nil }
	cfg.Authenticate = func(_ context.Context, r *http.Request, _ []byte) (any, error) {
		if name := r.Header.Get("User"); name != "" {
			return name, nil
		}
		return nil, nil
	}
	cfg.UserKey = func(user any) string { return user.(string) }
	_, url := startBridge(t, cfg)
	const sockets = 20 // with a message each, and a tenth of a second's worth may leave at once
	send := func(name string, header http.Header) {
		for i := range sockets {
			p := dial(t, url, header)
			upload := p.open(core.PUSH, "upload", "")
			p.awaitKind(client.EventOpened)
			p.send(upload, name, strconv.Itoa(i))
		}
	}
	begun := time.Now()
	send("bob", http.Header{"User": {"bob"}})
	send("nobody", nil)
	last := map[string]time.Duration{}
	for range 2 * sockets {
		last[worker.hear()[0]] = time.Since(begun)
	}
	for name, took := range last {
		if least := (sockets - 3) * time.Second / 20; took < least {
			t.Errorf("%d messages of %s took %v, and at least %v is due", sockets, name, took, least)
		}
	}
	if both := last["bob"] + last["nobody"]; both > 3*sockets*time.Second/20+5*time.Second {
		t.Errorf("one waits for the other: %v", last)
	}
}

func TestEndpointsThatAreRefused(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Log: quiet}))
	p := dial(t, url, nil)
	for address, want := range map[string]core.Code{
		"": core.Invalid, "foo": core.Denied, "foo:1": core.Invalid, "tcp://": core.Invalid, "tcp://*:5555": core.Invalid,
		"tcp://127.0.0.1:99999": core.Invalid, "tcp://[::1": core.Invalid, "inproc://x": core.Unsupported, "udp://127.0.0.1:1": core.Unsupported,
	} {
		p.open(core.REQ, address, "")
		if got := p.awaitKind(client.EventRefused); got.Code != want {
			t.Errorf("%q: %v %s", address, got.Code, got.Text)
		}
	}
	p.do(func(c *client.Client) {
		req, err := c.NewSocket(core.REQ, nil)
		if err == nil {
			_, err = c.Bind(req, "tcp://127.0.0.1:5555", nil)
		}
		if err != nil {
			t.Error(err)
		}
	})
	if got := p.awaitKind(client.EventRefused); got.Code != core.Unsupported {
		t.Errorf("a REQ that binds: %v", got.Code)
	}
}

// TestPageThatDoesNotRead: what it has no credit for is queued up to the HWM and then dropped, counted and told.
