package server

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// dialWith shakes hands as a client with these capabilities; without any, it writes what a client wrote before there were
// any.
func dialWith(t *testing.T, url string, can core.Capability) *frameConn {
	t.Helper()
	c := &frameConn{t: t, conn: dialMute(t, url)}
	c.send(core.Frame{Kind: core.KindHello, Version: core.Version, Limit: 1 << 24, Flags: uint64(can)})
	if got := core.Capability(c.await(core.KindWelcome).Flags); got != core.CanDisconnect|core.CanLinger|core.CanRenew|core.CanResubscribe|core.CanReceipts {
		t.Errorf("the bridge announces %b", got)
	}
	return c
}

func openFrame(typ core.SocketType, endpoint uint64, bind bool, address string) core.Frame {
	f := core.Frame{Kind: core.KindOpen, Socket: 1, ID: endpoint, Type: typ, Messages: 100, Bytes: 1 << 20, Text: []byte(address)}
	if bind {
		f.Flags = core.FlagBind
	}
	return f
}

func messageFrame(parts ...string) core.Frame {
	m := make(core.Message, len(parts))
	for i, part := range parts {
		m[i] = []byte(part)
	}
	return core.Frame{Kind: core.KindMessage, Socket: 1, Parts: m}
}

// TestCloseIsAnswered: a client that understands it is told how many of its messages were not passed on, as soon as that is
// certain. An older one is told nothing.
func TestCloseIsAnswered(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	closeFor := func(millis uint64) core.Frame {
		return core.Frame{Kind: core.KindClose, Socket: 1, Millis: millis}
	}
	for _, tt := range []struct {
		name     string
		backend  bool
		millis   uint64
		unpassed uint64
	}{
		{"a backend is there", true, 0, 0},
		{"a backend is there, and the client has chosen the time", true, 5000, 0},
		{"nobody is there", false, 100, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
			if tt.backend {
				address = startPeer(t, "peer", 0, "--type", "PULL").address()
			}
			c := dialWith(t, url, core.CanLinger)
			c.send(openFrame(core.PUSH, 1, false, address))
			c.await(core.KindCredit)
			c.send(messageFrame("a"), messageFrame("b"), messageFrame("c"), closeFor(tt.millis))
			if got := c.await(core.KindClosed); got.Messages != tt.unpassed || got.Code != core.Closed {
				t.Errorf("%d messages were not passed on, code %v", got.Messages, got.Code)
			}
		})
	}
	t.Run("an older client", func(t *testing.T) {
		c := dialWith(t, url, 0)
		c.send(openFrame(core.SUB, 1, false, "tcp://127.0.0.1:1"), closeFor(1), core.Frame{Kind: core.KindPing, ID: 7})
		for f := c.frame(); f.Kind != core.KindPong; f = c.frame() {
			if f.Kind == core.KindClosed {
				t.Error("Close was answered")
			}
		}
	})
}

// TestMessagesThatWereGivenUp: what a client has given up after its own linger does not reach a backend that comes later.
func TestMessagesThatWereGivenUp(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	port := freePort(t)
	address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	c := dialWith(t, url, core.CanLinger)
	c.send(openFrame(core.PUSH, 1, false, address))
	c.await(core.KindCredit)
	c.send(messageFrame("given up"), core.Frame{Kind: core.KindClose, Socket: 1, Millis: 50})
	if got := c.await(core.KindClosed); got.Messages != 1 {
		t.Errorf("%d messages were not passed on", got.Messages)
	}
	later := dialWith(t, url, 0)
	later.send(openFrame(core.PUSH, 1, false, address))
	later.await(core.KindCredit)
	later.send(messageFrame("later"))
	if got := startPeer(t, "peer", port, "--type", "PULL").hear(); got[0] != "later" {
		t.Errorf("the backend got %q", got)
	}
}

// TestRequestsBeforeClose: requests reach the backend although nobody waits for the answers any more: the socket is closed,
// or the client has left.
func TestRequestsBeforeClose(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]core.Frame{
		"the socket is closed": {Kind: core.KindClose, Socket: 1},
		"with a linger":        {Kind: core.KindClose, Socket: 1, Millis: 5000},
		"the client leaves":    {},
	} {
		t.Run(name, func(t *testing.T) {
			for range 5 {
				held := startPeer(t, "held", 0)
				_, url := startBridge(t, allowAll(Config{}))
				c := dialWith(t, url, core.CanLinger)
				batch := []core.Frame{openFrame(core.REQ, 1, false, held.address()),
					{Kind: core.KindRequest, Socket: 1, ID: 1, Millis: 5000, Parts: core.Message{[]byte("last words")}}}
				if end.Kind != 0 {
					batch = append(batch, end)
				}
				c.send(batch...)
				if end.Kind == 0 {
					c.conn.Close(core.CloseNormal, "")
				} else if got := c.await(core.KindClosed); got.Messages != 0 {
					t.Errorf("%d requests were not passed on", got.Messages)
				}
				if got := held.hear(); got[0] != "last words" {
					t.Errorf("the backend heard %q", got)
				}
			}
		})
	}
}

// TestDisconnect: nothing comes from an endpoint that was disconnected, the others go on, and its number is not used again.
func TestDisconnect(t *testing.T) {
	t.Parallel()
	a, b := startPeer(t, "pub", 0), startPeer(t, "pub", 0)
	_, url := startBridge(t, allowAll(Config{}))
	c := dialWith(t, url, core.CanDisconnect)
	c.send(openFrame(core.SUB, 1, false, a.address()), openFrame(core.SUB, 2, false, b.address()),
		core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
	c.await(core.KindSubscribed)
	c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1})
	c.await(core.KindDisconnected)
	a.tell("from a")
	b.tell("from b")
	hear := func(want string) {
		t.Helper()
		got := c.await(core.KindMessage)
		if m, _ := got.Body.Parts(nil); string(m[0]) != want {
			t.Errorf("%q, want %q", m, want)
		}
	}
	hear("from b")
	c.send(openFrame(core.SUB, 3, false, a.address()), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 2, Name: []byte("x")})
	c.await(core.KindSubscribed)
	a.tell("x again")
	hear("x again")
	c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1}, openFrame(core.SUB, 1, false, a.address()))
	if got := c.awaitClose(); got != core.CloseState {
		t.Errorf("a number that is used again: %d", got)
	}
}

// TestDisconnectMovesWhatWaits: messages that wait for a backend that is not there go to the other one, in order.
func TestDisconnectMovesWhatWaits(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.PUSH, core.DEALER} {
		t.Run(typ.String(), func(t *testing.T) {
			_, url := startBridge(t, allowAll(Config{}))
			c := dialWith(t, url, core.CanDisconnect)
			c.send(openFrame(typ, 1, false, fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))))
			c.await(core.KindCredit)
			c.send(messageFrame("a"), messageFrame("b"), messageFrame("c"))
			peer := map[core.SocketType]string{core.PUSH: "PULL", core.DEALER: "DEALER"}[typ]
			there := startPeer(t, "peer", 0, "--type", peer)
			c.send(openFrame(typ, 2, false, there.address()), core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1}, messageFrame("d"))
			c.await(core.KindDisconnected)
			for _, want := range []string{"a", "b", "c", "d"} {
				if got := there.hear(); got[0] != want {
					t.Fatalf("%q, want %q", got, want)
				}
			}
		})
	}
}

// TestDisconnectFromTheLast: what waits for the last endpoint fails, each message and request, before the answer.
func TestDisconnectFromTheLast(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{}))
	nobody := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
	t.Run("messages", func(t *testing.T) {
		c := dialWith(t, url, core.CanDisconnect)
		c.send(openFrame(core.PUSH, 1, false, nobody))
		c.await(core.KindCredit)
		c.send(messageFrame("a"), messageFrame("b"), core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1})
		for range 2 {
			if got := c.next(); got.Kind != core.KindFailed || got.ID != 0 || got.Code != core.Unavailable {
				t.Errorf("%v %d %v", got.Kind, got.ID, got.Code)
			}
		}
		if got := c.next(); got.Kind != core.KindDisconnected {
			t.Errorf("%v", got.Kind)
		}
	})
	t.Run("requests", func(t *testing.T) {
		held := startPeer(t, "held", 0)
		c := dialWith(t, url, core.CanDisconnect)
		request := func(id uint64) core.Frame {
			return core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Millis: 9000, Parts: core.Message{[]byte("x")}}
		}
		c.send(openFrame(core.REQ, 1, false, held.address()), request(1))
		held.hear()
		c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1}, request(2))
		got := []core.Frame{c.next(), c.next(), c.next()}
		kinds := []core.Kind{got[0].Kind, got[1].Kind, got[2].Kind}
		if !slices.Equal(kinds, []core.Kind{core.KindFailed, core.KindDisconnected, core.KindFailed}) || got[0].Code != core.Lost ||
			got[2].Code != core.Unavailable {
			t.Errorf("%v, %v, %v", kinds, got[0].Code, got[2].Code)
		}
	})
}

// TestUnbind: when it is answered, the address is free.
func TestUnbind(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.PULL, core.PUSH, core.SUB, core.PUB, core.ROUTER, core.REP, core.PAIR, core.XPUB, core.XSUB, core.DEALER} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			_, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{IdleClose: time.Hour}}))
			address := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
			c := dialWith(t, url, core.CanDisconnect)
			for n := uint64(1); n < 4; n++ {
				c.send(openFrame(typ, n, true, address))
				c.await(core.KindOpened)
				c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: n})
				c.await(core.KindDisconnected)
				if reachable(address) {
					t.Error("somebody listens there")
				}
			}
		})
	}
}

func reachable(address string) bool {
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "tcp://"))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// TestDisconnectOfATwin: what is connected to an address twice stays connected when one of the two goes, whichever that is.
func TestDisconnectOfATwin(t *testing.T) {
	t.Parallel()
	request := core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Millis: 9000, Parts: core.Message{[]byte("x")}}
	for name, tt := range map[string]struct {
		typ  core.SocketType
		peer []string
		use  func(c *frameConn, there *peer)
	}{
		"DEALER with a name": {core.DEALER, []string{"peer", "--type", "ROUTER"}, func(c *frameConn, there *peer) {
			c.send(messageFrame("x"))
			there.hear()
		}},
		"SUB": {core.SUB, []string{"pub"}, func(c *frameConn, there *peer) {
			c.send(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})
			c.await(core.KindSubscribed)
			there.tell("x")
			c.await(core.KindMessage)
		}},
		"REQ": {core.REQ, []string{"rep"}, func(c *frameConn, _ *peer) {
			c.send(request)
			c.await(core.KindReply)
		}},
	} {
		for _, gone := range []uint64{1, 2} {
			t.Run(fmt.Sprintf("%s, endpoint %d goes", name, gone), func(t *testing.T) {
				b, url := startBridge(t, allowAll(Config{}))
				there := startPeer(t, tt.peer[0], 0, tt.peer[1:]...)
				c := dialWith(t, url, core.CanDisconnect)
				open := []core.Frame{openFrame(tt.typ, 1, false, there.address()), openFrame(tt.typ, 2, false, there.address())}
				if tt.typ == core.DEALER {
					open[0].Name, open[1].Name = []byte("named"), []byte("named")
				}
				c.send(append(open, core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: gone})...)
				c.await(core.KindDisconnected)
				tt.use(c, there)
				c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 3 - gone})
				c.await(core.KindDisconnected)
				if got := b.Stats().Memory["sockets"]; got > 4096 {
					t.Errorf("%d bytes for a socket without endpoints", got)
				}
			})
		}
	}
}

// TestDisconnectGivesBack: to connect and disconnect again and again, and to be given up, leaves nothing behind.
func TestDisconnectGivesBack(t *testing.T) {
	t.Parallel()
	for _, typ := range []core.SocketType{core.PUSH, core.PUB, core.ROUTER, core.XSUB, core.REQ, core.PAIR} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			b, url := startBridge(t, allowAll(Config{Linger: 50 * time.Millisecond}))
			c := dialWith(t, url, core.CanDisconnect|core.CanLinger)
			nobody := fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t))
			c.send(openFrame(typ, 1, false, nobody))
			held := func() int { // but for what the client, which acknowledges nothing, may ask for again
				stats := b.Stats()
				return stats.MemoryHeld - stats.Memory["window"]
			}
			c.send(core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: 1})
			c.await(core.KindDisconnected)
			before := held()
			send := messageFrame("peer", "text")
			if typ == core.REQ {
				send = core.Frame{Kind: core.KindRequest, Socket: 1, Millis: 9000, Parts: core.Message{[]byte("x")}}
			}
			for n := uint64(2); n < 40; n++ {
				if typ == core.REQ {
					send.ID = n
				}
				c.send(openFrame(typ, n, false, nobody))
				c.send(send, core.Frame{Kind: core.KindDisconnect, Socket: 1, ID: n})
				c.await(core.KindDisconnected)
			}
			waitFor(t, "the endpoints to be given back", func() bool { return held() <= before })
			c.send(openFrame(typ, 40, false, nobody))
			send.ID *= 2
			c.send(send, core.Frame{Kind: core.KindClose, Socket: 1, Millis: 20})
			c.await(core.KindClosed)
			c.conn.Close(core.CloseNormal, "")
			waitFor(t, "all to be given back", func() bool { return held() == 0 })
		})
	}
}
