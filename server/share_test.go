package server

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestNoClientTakesAllGateways: clients that open as many sockets as they can leave some for those who come later.
func TestNoClientTakesAllGateways(t *testing.T) {
	const all = 60
	rep, pub := startPeer(t, "rep", 0), startPeer(t, "pub", 0)
	b, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{MaxGateways: all}, Log: quiet}))
	var greedy []*page
	for range 4 {
		p := dial(t, url, nil)
		greedy = append(greedy, p)
		for range all {
			p.dealer("", "tcp://127.0.0.1:1")
		}
		if got := p.awaitKind(client.EventRefused); got.Code != core.Busy {
			t.Fatalf("a client that takes more than its share is refused with %v", got.Code)
		}
	}
	newcomer := dial(t, url, nil)
	if got := newcomer.request(newcomer.open(core.REQ, rep.address(), ""), "x"); got.Kind != client.EventReply {
		t.Errorf("a newcomer gets %v %s", got.Code, got.Text)
	}
	newcomer.open(core.SUB, pub.address(), "", "")
	newcomer.awaitKind(client.EventSubscribed)

	// What is open already costs nobody a gateway.
	shared := greedy[0].open(core.REQ, rep.address(), "")
	if got := greedy[0].request(shared, "x"); got.Kind != client.EventReply {
		t.Errorf("at a gateway that is shared: %v %s", got.Code, got.Text)
	}

	// A share is given back with the sockets.
	for _, p := range greedy {
		p.conn.Close(core.CloseNormal, "")
	}
	waitFor(t, "the sockets to be closed", func() bool { return b.Stats().Gateway.Sockets == 0 })
	last := dial(t, url, nil)
	for range all/4 - 4 {
		last.dealer("", "tcp://127.0.0.1:1")
	}
	waitFor(t, "a share to be free again", func() bool { return b.Stats().Gateway.Sockets >= all/4-4 })
}

// TestPlacesAreGivenBack: a client that opens and closes sockets keeps its share.
func TestPlacesAreGivenBack(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	_, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{MaxGateways: 8}, Log: quiet}))
	p := dial(t, url, nil)
	for _, typ := range []core.SocketType{core.DEALER, core.REQ, core.PAIR, core.PUSH} {
		for range 20 {
			s := p.open(typ, rep.address(), "")
			p.do(func(c *client.Client) { c.CloseSocket(s) })
		}
	}
	// What a socket has is given back in a moment, by a goroutine of its own.
	waitFor(t, "a place for another socket", func() bool {
		s := p.open(core.REQ, rep.address(), "")
		if p.request(s, "x").Kind == client.EventReply {
			return true
		}
		p.do(func(c *client.Client) { c.CloseSocket(s) })
		return false
	})
}
