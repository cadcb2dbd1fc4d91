package server

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// connect adds endpoints to a socket.
func (p *page) connect(socket uint32, addresses ...string) {
	p.t.Helper()
	p.do(func(c *client.Client) {
		for _, address := range addresses {
			if _, err := c.Connect(socket, address, nil); err != nil {
				p.t.Fatal(err)
			}
		}
	})
}

// backends starts two peers of a type, which bind.
func backends(t *testing.T, typ string, args ...string) [2]*peer {
	var both [2]*peer
	for i := range both {
		both[i] = startPeer(t, "peer", 0, append([]string{"--type", typ, "--heartbeat", "500", "--patience", "5000"}, args...)...)
	}
	return both
}

// TestPublishedIsForAllEndpoints: what ZeroMQ sends to all goes to all.
func TestPublishedIsForAllEndpoints(t *testing.T) {
	t.Parallel()
	for typ, far := range map[core.SocketType]string{core.PUB: "SUB", core.XPUB: "SUB", core.XSUB: "XPUB"} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			_, url := startBridge(t, allowAll(Config{}))
			var prefixes []string
			if far == "SUB" {
				prefixes = []string{""}
			}
			both := backends(t, far, prefixes...)
			p := dial(t, url, nil)
			socket := p.open(typ, both[0].address(), "")
			p.connect(socket, both[1].address())
			p.awaitKind(client.EventOpened)
			p.awaitKind(client.EventOpened)
			const probes, messages = 1000, 50
			heard := [2]bool{}
			for i := 0; i < probes && !(heard[0] && heard[1]); i++ { // until the subscriptions have arrived
				p.send(socket, "probe")
				for n, b := range both {
					for len(b.lines) > 0 {
						b.hear()
						heard[n] = true
					}
				}
				<-time.After(time.Millisecond)
			}
			for i := range messages {
				p.send(socket, "m"+strconv.Itoa(i))
			}
			for n, b := range both {
				got := b.hear()
				for got[0] == "probe" {
					got = b.hear()
				}
				for i := range messages {
					if i > 0 {
						got = b.hear()
					}
					if got[0] != "m"+strconv.Itoa(i) {
						t.Fatalf("backend %d got %q for message %d", n, got, i)
					}
				}
			}
		})
	}
}

// TestRouterFindsThePeer at whatever endpoint it is.
func TestRouterFindsThePeer(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	names := []string{"a", "b"}
	var peers []*peer
	for _, name := range names {
		peers = append(peers, startPeer(t, "peer", 0, "--type", "DEALER", "--identity", name))
	}
	p := dial(t, url, nil)
	router := p.open(core.ROUTER, peers[0].address(), "")
	p.connect(router, peers[1].address())
	for i, b := range peers {
		b.tell("hello")
		p.await("hello", func(e event) bool { return slices.Equal(e.parts, []string{names[i], "hello"}) })
	}
	const each = 50
	for i := range each {
		for _, name := range names {
			p.send(router, name, strconv.Itoa(i))
		}
	}
	for n, b := range peers {
		for i := range each {
			if got := b.hear(); got[0] != strconv.Itoa(i) {
				t.Fatalf("%s got %q for %d", names[n], got, i)
			}
		}
	}
}

// collectNumbers hears the numbers that one or two peers get, until all have arrived somewhere, and tells how many each got.
func collectNumbers(t *testing.T, peers []*peer, numbers int) (each [2]int) {
	t.Helper()
	seen := map[string]bool{}
	deadline := time.After(patience)
	for len(seen) < numbers {
		from, line := 0, ""
		select {
		case line = <-peers[0].lines:
		case line = <-peers[len(peers)-1].lines:
			from = len(peers) - 1
		case <-deadline:
			t.Fatalf("%d of %d have arrived, the peers got %v", len(seen), numbers, each)
		}
		seen[line] = true
		each[from]++
	}
	return each
}

// TestWorkGoesRoundThoseThatAreThere: nothing waits for an endpoint that is down while another is there, whatever was first.
func TestWorkGoesRoundThoseThatAreThere(t *testing.T) {
	t.Parallel()
	for typ, far := range map[core.SocketType]string{core.PUSH: "PULL", core.DEALER: "DEALER"} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			_, url := startBridge(t, allowAll(Config{}))
			p := dial(t, url, nil)
			socket := p.open(typ, fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t)), "")
			p.awaitKind(client.EventDown)
			const messages = 200
			for i := range messages / 2 {
				p.send(socket, strconv.Itoa(i)) // to nobody yet
			}
			both := backends(t, far)
			p.connect(socket, both[0].address(), both[1].address())
			p.awaitKind(client.EventOpened)
			p.awaitKind(client.EventOpened)
			for i := messages / 2; i < messages; i++ {
				p.send(socket, strconv.Itoa(i))
			}
			each := collectNumbers(t, both[:], messages)
			if each[0] < messages/10 || each[1] < messages/10 {
				t.Errorf("the workers got %v of %d", each, messages)
			}
		})
	}
}

// TestRequestsGoRoundThoseThatAreThere: one backend is enough, however the other is missing.
func TestRequestsGoRoundThoseThatAreThere(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{Heartbeat: 300 * time.Millisecond}}))
	for name, other := range map[string]func(t *testing.T) (address string, lose func()){
		"never there": func(t *testing.T) (string, func()) {
			return fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t)), func() {}
		},
		"killed": func(t *testing.T) (string, func()) {
			rep := startPeer(t, "rep", 0)
			return rep.address(), rep.kill
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, lose := other(t)
			rep := startPeer(t, "rep", 0)
			p := dial(t, url, nil)
			req := p.open(core.REQ, address, "")
			p.connect(req, rep.address())
			const requests = 20
			for i := range requests {
				if got := p.request(req, strconv.Itoa(i)); got.Kind != client.EventReply {
					t.Fatalf("request %d at first: %v %s", i, got.Code, got.Text)
				}
			}
			lose()
			if name != "never there" {
				p.awaitKind(client.EventDown)
			}
			for i := range requests {
				if got := p.request(req, strconv.Itoa(i)); got.Kind != client.EventReply {
					t.Fatalf("request %d: %v %s", i, got.Code, got.Text)
				}
			}
		})
	}
}

// TestConnectedTwiceToOnePublisher gets everything once, and both endpoints are told how it stands.
func TestConnectedTwiceToOnePublisher(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	pub := startPeer(t, "pub", 0)
	p := dial(t, url, nil)
	sub := p.open(core.SUB, pub.address(), "")
	p.connect(sub, pub.address())
	p.awaitKind(client.EventOpened)
	p.awaitKind(client.EventOpened)
	p.connect(sub, pub.address()) // when it is there already
	if got := p.awaitKind(client.EventOpened); got.ID != 3 {
		t.Errorf("endpoint %d is open", got.ID)
	}
	p.do(func(c *client.Client) {
		if _, err := c.Subscribe(sub, nil, client.SubscribeOptions{}); err != nil {
			t.Error(err)
		}
	})
	p.awaitKind(client.EventSubscribed)
	for i := range 10 {
		pub.tell(strconv.Itoa(i))
	}
	for i := range 10 {
		p.hear(strconv.Itoa(i))
	}
	pub.kill()
	for range 3 {
		p.awaitKind(client.EventDown)
	}
	startPeer(t, "pub", pub.port)
	for range 3 {
		p.awaitKind(client.EventUp)
	}
}

// TestXsubIsPaced whatever it is sent: what it subscribed to by a message, and what its publisher made of that.
func TestXsubIsPaced(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Flow: func(Access) Flow { return Flow{MaxRate: 20} }}))
	pub := startPeer(t, "manual", 0)
	p := dial(t, url, nil)
	xsub := p.open(core.XSUB, pub.address(), "")
	p.send(xsub, "\x01a")
	pub.hear()
	pub.tell("own.a", "first")
	p.hear("own.a", "first")
	began := time.Now()
	const messages = 5
	for i := range messages {
		pub.tell("own.a"+strconv.Itoa(i), "x")
	}
	for i := range messages {
		p.hear("own.a"+strconv.Itoa(i), "x")
	}
	if took := time.Since(began); took < (messages-1)*50*time.Millisecond {
		t.Errorf("%d messages at 20/s took %v", messages, took)
	}
}
