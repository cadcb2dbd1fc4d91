package server

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// witness is a hook that allows everything, and keeps what it was asked.
type witness struct {
	mu   sync.Mutex
	seen []Access
}

func (a *witness) config(overHTTP bool) Config {
	return allowAll(Config{AddressesOverHTTP: overHTTP, ZMQAllowed: func(_ context.Context, asked Access) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.seen = append(a.seen, asked)
		return nil
	}})
}

func (a *witness) take() (seen []Access) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seen, a.seen = a.seen, nil
	return seen
}

// at is an address as a parameter of a URL, with what stands in front.
func at(path, address string) string { return path + "?address=" + url.QueryEscape(address) }

// TestAddressesOverHTTP: the hook of a program that says so is asked about addresses, and knows by which door; other hooks are not.
func TestAddressesOverHTTP(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	for _, open := range []bool{true, false} {
		t.Run(fmt.Sprint("open: ", open), func(t *testing.T) {
			hook := new(witness)
			_, url := startHTTP(t, hook.config(open))
			for path, body := range map[string]string{at("/req", rep.address()): "hello", at("/req/", rep.address()): "hello", "/req?address=" + rep.address(): "hello"} {
				got := askHTTP(t, "POST", url+path, body)
				seen := hook.take()
				if open && (got.status != 200 || got.body != "hello" || len(seen) != 1 || seen[0].Door != access.ByHTTP || seen[0].Endpoint.String() != rep.address()) {
					t.Errorf("%s: %d %s, asked %+v", path, got.status, got.body, seen)
				}
				if !open && (got.status != 403 || got.code() != "denied" || !strings.Contains(got.body, "only endpoints that have a name") || len(seen) != 0) {
					t.Errorf("%s: %d %s, asked %+v", path, got.status, got.body, seen)
				}
			}
			if got := askHTTP(t, "POST", url+at("/ticket", rep.address()), ""); open != (got.status == 201) || !open && got.code() != "denied" {
				t.Errorf("a ticket: %d %s", got.status, got.body)
			}
		})
	}
}

// TestAddressesThatAreWritten: what is no address, or one and a name, is refused before anybody is asked.
func TestAddressesThatAreWritten(t *testing.T) {
	t.Parallel()
	hook := new(witness)
	_, url := startHTTP(t, hook.config(true))
	for name, test := range map[string]struct {
		method, path string
		status       int
	}{
		"an address and a name":       {"POST", "/req/calc?address=tcp://127.0.0.1:1", 400},
		"neither":                     {"POST", "/req", 400},
		"a call of neither":           {"POST", "/rpc/add", 400},
		"a call without a function":   {"POST", "/rpc/?address=tcp://127.0.0.1:1", 400},
		"an address in the path":      {"POST", "/req/tcp%3A%2F%2F127.0.0.1%3A1", 400},
		"a name as an address":        {"POST", "/req?address=calc", 400},
		"a port that is left open":    {"POST", "/push?address=tcp://127.0.0.1:*", 400},
		"a transport that is another": {"GET", "/sub?address=inproc://a", 501},
		"two":                         {"GET", "/last?address=tcp://127.0.0.1:1&address=tcp://127.0.0.1:2", 400},
		"of the description":          {"GET", "/openapi.json?address=tcp://127.0.0.1:1", 400},
	} {
		if got := askHTTP(t, test.method, url+test.path, "x"); got.status != test.status || got.code() == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if seen := hook.take(); len(seen) > 0 {
		t.Errorf("somebody was asked: %+v", seen)
	}
}

// TestStreamsOfAddresses: as of names, also with a ticket, which is for this address however it is written, and for no other.
func TestStreamsOfAddresses(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := new(witness).config(true)
	cfg.Gateway.LastValues = 10
	_, url := startHTTP(t, cfg)
	l := listen(t, url+at("/sub", pub.address())+"&topic=fx.&as=text")
	pub.write([]string{"eq.A", "7"})
	pub.write([]string{"fx.EURUSD", "1.1"})
	l.wants("data: 1.1")
	if got := askHTTP(t, "GET", url+at("/last", pub.address())+"&topic=fx.", ""); got.status != 200 || got.body != "1.1" {
		t.Errorf("%d %s", got.status, got.body)
	}
	made := askHTTP(t, "POST", url+at("/ticket", pub.address()), "")
	_, ticket, _ := strings.Cut(made.body, `"ticket":"`)
	ticket, _, _ = strings.Cut(ticket, `"`)
	for address, status := range map[string]int{pub.address(): 200, strings.Replace(pub.address(), "tcp", "TCP", 1): 200, "tcp://127.0.0.1:1": 401} {
		if got := askHTTP(t, "GET", url+at("/last", address)+"&topic=fx.&ticket="+ticket, ""); got.status != status {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
	if got := askHTTP(t, "GET", url+"/last/feed?ticket="+ticket, ""); got.status != 401 {
		t.Errorf("a name: %d %s", got.status, got.body)
	}
}

// TestSendingToAddresses: PUSH and calls, at an address.
func TestSendingToAddresses(t *testing.T) {
	t.Parallel()
	pull, calc := startPeer(t, "peer", 0, "--type", "PULL"), startPeer(t, "held", 0)
	_, url := startHTTP(t, new(witness).config(true))
	if got := askHTTP(t, "POST", url+at("/push", pull.address()), "x"); got.status != 202 || fmt.Sprint(pull.hear()) != "[x]" {
		t.Errorf("%d %s", got.status, got.body)
	}
	got := make(chan asked, 1)
	go func() { got <- askHTTP(t, "POST", url+at("/rpc/add", calc.address()), `{"args": [1, 2]}`) }()
	if call := calc.hear(); !strings.Contains(call[0], "add") {
		t.Errorf("the backend got %q", call)
	}
	calc.tell(`{"returnval":3}`)
	if a := <-got; a.status != 200 || a.body != "3" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestSocketsAtAddresses: WebSockets of others follow the same rule, and have the bridge listen nowhere.
func TestSocketsAtAddresses(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	free := fmt.Sprint("tcp://127.0.0.1:", freePort(t))
	const closed, listening = "4511 denied: over HTTP only endpoints that have a name are reached here", "4511 denied: over HTTP the bridge listens only at endpoints that have a name"
	hook, deaf := new(witness), new(witness)
	_, open := startSockets(t, hook.config(true))
	_, shut := startSockets(t, deaf.config(false))
	for name, test := range map[string]struct {
		url    string
		offers []string
		says   []string
		wants  string
		door   access.Door
	}{
		"a WebSocket":                     {open + at("/ws", rep.address()) + "&type=REQ", nil, []string{"hello"}, "text hello", access.ByWebSocket},
		"a peer of ZWS":                   {open + at("/zws", rep.address()) + "&type=REQ", []string{"ZWS2.0"}, []string{"\x00", "\x01", "\x00x"}, "binary \x00x", access.ByZWS},
		"one that shakes hands":           {open + at("/zws", rep.address()), []string{"ZWS2.0/NULL"}, []string{readyOf("REQ")}, "binary " + command("READY", property("Socket-Type", "ROUTER")), access.ByZWS},
		"a peer that answers":             {open + at("/zws", free), []string{"ZWS2.0/NULL"}, []string{readyOf("REP")}, listening, 0},
		"a WebSocket, where it is shut":   {shut + at("/ws", rep.address()) + "&type=REQ", nil, nil, closed, 0},
		"a peer of ZWS, where it is shut": {shut + at("/zws", rep.address()), []string{"ZWS2.0"}, []string{"\x00"}, closed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			hook.take()
			s, resp := comeIn(t, test.url, test.offers)
			if s == nil {
				t.Fatal(resp)
			}
			for _, m := range test.says {
				if test.offers == nil {
					s.say(m)
				} else {
					s.sayBytes(m)
				}
			}
			got := s.hears()
			for got != test.wants && strings.HasPrefix(got, "binary ") { // of the handshake, and the envelope
				got = s.hears()
			}
			if got != test.wants {
				t.Errorf("got  %q\nwant %q", got, test.wants)
			}
			if seen := hook.take(); test.door != 0 && (len(seen) != 1 || seen[0].Door != test.door) || test.door == 0 && len(seen) > 0 {
				t.Errorf("asked %+v", seen)
			}
		})
	}
	if seen := deaf.take(); len(seen) > 0 {
		t.Errorf("the hook that does not say that it knows of doors was asked %+v", seen)
	}
	for path, status := range map[string]int{"/ws": 400, "/ws/feed" + at("", rep.address()): 400, at("/ws", "feed"): 400} {
		if s, resp := comeIn(t, open+path, nil); s != nil || resp.StatusCode != status {
			t.Errorf("%s: %v", path, resp)
		}
	}
}

// TestClientsAndAddresses: for clients of this project nothing is different, whatever a program says about HTTP.
func TestClientsAndAddresses(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	hook := new(witness)
	b := New(hook.config(false))
	t.Cleanup(b.Close)
	web := httptest.NewServer(b)
	t.Cleanup(web.Close)
	p := dial(t, web.URL, nil)
	if got := p.request(p.open(core.REQ, rep.address(), ""), "hello"); got.Kind != client.EventReply {
		t.Errorf("%+v", got)
	}
	if seen := hook.take(); len(seen) != 1 || seen[0].Door != access.ByClient {
		t.Errorf("asked %+v", seen)
	}
}
