package server

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// bind makes a socket and has the bridge listen for it.
func (p *page) bind(typ core.SocketType, address string, prefixes ...string) uint32 {
	p.t.Helper()
	return p.subscribed(typ, "", client.SubscribeOptions{}, prefixes, func(c *client.Client, id uint32) error {
		_, err := c.Bind(id, address, nil)
		return err
	})
}

// send waits until the bridge takes a message.
func (p *page) send(socket uint32, parts ...string) {
	p.t.Helper()
	m := make(core.Message, len(parts))
	for i, part := range parts {
		m[i] = []byte(part)
	}
	waitFor(p.t, "room to send", func() bool {
		sent := false
		p.do(func(c *client.Client) { sent = c.Send(socket, m) == nil })
		return sent
	})
}

func (p *page) hear(want ...string) {
	p.t.Helper()
	if got := p.awaitKind(client.EventMessage); !slices.Equal(got.parts, want) {
		p.t.Fatalf("the page got %q, want %q", got.parts, want)
	}
}

func bindAddress(t *testing.T) (address string, port int) {
	port = freePort(t)
	return fmt.Sprintf("tcp://127.0.0.1:%d", port), port
}

func TestPageBindsXPUB(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	address, port := bindAddress(t)
	p := dial(t, url, nil)
	xpub := p.bind(core.XPUB, address)
	p.awaitKind(client.EventOpened)
	sub := startPeer(t, "sub", port, "fx.")
	p.hear("\x01fx.")
	p.send(xpub, "time", "12:00")
	p.send(xpub, "fx.EURUSD", "1.1")
	if got := sub.hear(); !slices.Equal(got, []string{"fx.EURUSD", "1.1"}) {
		t.Errorf("the backend got %q", got)
	}
	sub.kill()
	p.hear("\x00fx.")
}

func TestPageBindsXSUB(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	address, port := bindAddress(t)
	p := dial(t, url, nil)
	xsub := p.bind(core.XSUB, address, "fx.")
	p.awaitKind(client.EventOpened)
	xpub := startPeer(t, "peer", port, "--connect", "--type", "XPUB")
	if got := xpub.hear(); got[0] != "\x01fx." {
		t.Fatalf("the backend heard %q", got)
	}
	p.send(xsub, "\x01time") // as a message, as ZeroMQ has it
	if got := xpub.hear(); got[0] != "\x01time" {
		t.Fatalf("the backend heard %q", got)
	}
	xpub.tell("nothing")
	xpub.tell("fx.EURUSD", "1.1")
	p.hear("fx.EURUSD", "1.1")
	xpub.tell("time", "12:00")
	p.hear("time", "12:00")
}

// TestAddressOfOnePage: where the type cannot be shared a second page is told so, and has the address when the first has
// gone. It need not ask again if that is soon: the first may be its own connection of before.
func TestAddressOfOnePage(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.ROUTER, core.XPUB, core.PAIR} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			_, url := startBridge(t, allowAll(Config{Heartbeat: 400 * time.Millisecond}))
			address, _ := bindAddress(t)
			owner := dial(t, url, nil)
			owner.bind(typ, address)
			owner.awaitKind(client.EventOpened)

			thief := dial(t, url, nil)
			thief.bind(typ, address)
			if got := thief.awaitKind(client.EventDown); got.Code != core.Conflict {
				t.Errorf("at first: %v", got.Code)
			}
			if got := thief.awaitKind(client.EventRefused); got.Code != core.Conflict {
				t.Errorf("in the end: %v", got.Code)
			}

			gone := dial(t, url, nil)
			gone.bind(typ, address)
			gone.awaitKind(client.EventDown)
			gone.conn.Drop() // must not claim it for nobody

			heir := dial(t, url, nil)
			heir.bind(typ, address)
			heir.awaitKind(client.EventDown)
			owner.conn.Drop()
			heir.awaitKind(client.EventOpened)
		})
	}
}

// TestRouterAnswersWhoAsked: a page serves several backends at once, and each gets its own answer.
func TestRouterAnswersWhoAsked(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	address, port := bindAddress(t)
	p := dial(t, url, nil)
	router := p.bind(core.ROUTER, address)
	p.awaitKind(client.EventOpened)
	req := startPeer(t, "req", port)
	dealer := startPeer(t, "req", port, "--type", "DEALER", "--identity", "worker")
	req.tell("from REQ")
	dealer.tell("from DEALER")
	for range 2 {
		got := p.awaitKind(client.EventMessage)
		last := len(got.parts) - 1
		got.parts[last] = "answer to what came " + got.parts[last]
		p.send(router, got.parts...)
	}
	if got := req.hear(); !slices.Equal(got, []string{"answer to what came from REQ"}) {
		t.Errorf("REQ got %q", got)
	}
	if got := dealer.hear(); !slices.Equal(got, []string{"answer to what came from DEALER"}) {
		t.Errorf("DEALER got %q", got)
	}
}
