package server

import (
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// sendingTo is what waits for the backends of an endpoint.
func sendingTo(b *Bridge, name string) int {
	for _, e := range b.Endpoints() {
		if e.Name == name {
			return int(e.Memory["sending"])
		}
	}
	return -1
}

// sender opens a socket without an identity, which others could not have, too.
func (p *page) sender(typ core.SocketType, name string) (socket uint32) {
	return p.subscribed(typ, "", client.SubscribeOptions{}, nil, func(c *client.Client, id uint32) error {
		_, err := c.Connect(id, name, nil)
		return err
	})
}

// sendLoad sends messages of so many bytes, as requests where it has to be.
func (p *page) sendLoad(typ core.SocketType, socket uint32, messages, size int) {
	for range messages {
		if typ == core.REQ {
			p.ask(socket, time.Minute, strings.Repeat("x", size))
		} else {
			p.send(socket, strings.Repeat("x", size))
		}
	}
}

// TestWhatWaitsForAnEndpoint: it is at the endpoint as it is on the account, whatever kind of socket has sent it, also when that is closed; and goes when
// it goes.
func TestWhatWaitsForAnEndpoint(t *testing.T) {
	for _, typ := range []core.SocketType{core.PUSH, core.DEALER, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			address := "127.0.0.1:" + strconv.Itoa(port)
			backend, err := net.Listen("tcp", address) // it says nothing: where it is known that nobody is there a request does not wait
			if err != nil {
				t.Fatal(err)
			}
			defer backend.Close()
			b, url := startBridge(t, names{"slow": {"tcp://" + address}, "other": {"tcp://127.0.0.1:1"}}.config())
			const clients, size, messages = 3, 40 << 10, 10
			const all = clients * messages * size
			var pages []*page
			for range clients {
				p := dial(t, url, nil)
				pages = append(pages, p)
				id := p.sender(typ, "slow")
				p.sender(typ, "other")
				p.sendLoad(typ, id, messages, size)
			}
			waitFor(t, "all to wait", func() bool { return sendingTo(b, "slow") > all })
			s, at := b.Stats(), sendingTo(b, "slow")
			if at != s.Memory["sending"]+s.Memory["requests"] || at > all*11/10 || sendingTo(b, "other") != 0 {
				t.Errorf("%d wait there, %d at the other, and the account has %v", at, sendingTo(b, "other"), s.Memory)
			}
			for _, p := range pages {
				p.conn.Close(core.CloseNormal, "")
			}
			waitFor(t, "all to linger", func() bool { return b.Stats().Memory["lingering"] == at })
			if got := sendingTo(b, "slow"); got != at {
				t.Errorf("%d wait when their sockets are closed, and %d before", got, at)
			}
			backend.Close()
			if typ != core.REQ { // which fail now
				taken := startPeer(t, "peer", port, "--type", map[core.SocketType]string{core.PUSH: "PULL", core.DEALER: "DEALER"}[typ])
				for range clients * messages {
					taken.hear()
				}
			}
			waitFor(t, "nothing to wait", func() bool { return sendingTo(b, "slow") == 0 })
		})
	}
}

// TestMemoryOfWhatWaits: with a limit all clients together hold no more there, and what is refused is told; other endpoints have theirs.
func TestMemoryOfWhatWaits(t *testing.T) {
	for _, typ := range []core.SocketType{core.PUSH, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			const most, clients, size, messages = 1 << 20, 8, 50 << 10, 5
			const fit = most / (size + 1<<10)
			cfg := names{"slow": {hung(t)}, "free": {hung(t)}}.config()
			cfg.Terms = func(a Access) (terms Terms, err error) {
				if a.Endpoint.Name == "slow" {
					terms.Memory = most
				}
				return terms, nil
			}
			b, url := startBridge(t, cfg)
			var pages []*page
			refused := func() (busy int) {
				for _, p := range pages {
					p.mu.Lock()
					for _, e := range p.events {
						if e.Kind == client.EventFailed && e.Code == core.Busy {
							busy++
						}
					}
					p.mu.Unlock()
				}
				return busy
			}
			for range clients {
				p := dial(t, url, nil)
				pages = append(pages, p)
				p.sendLoad(typ, p.sender(typ, "slow"), messages, size)
				p.sendLoad(typ, p.sender(typ, "free"), 1, size)
			}
			waitFor(t, "all that is too much to be refused", func() bool {
				if held := sendingTo(b, "slow"); held > most {
					t.Fatalf("%d wait", held)
				}
				return refused() == clients*messages-fit
			})
			waitFor(t, "all to wait at the other", func() bool { return sendingTo(b, "free") > clients*size })
			if held := sendingTo(b, "slow"); held < fit*size || refused() != clients*messages-fit {
				t.Errorf("%d wait, and %d of %d were refused", held, refused(), clients*messages)
			}
		})
	}
}

// TestWhatWaitsForAnotherEndpoint: when a socket is disconnected from the endpoint at which it counts, it counts at the next one.
func TestWhatWaitsForAnotherEndpoint(t *testing.T) {
	for _, typ := range []core.SocketType{core.PUSH, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			t.Parallel()
			b, url := startBridge(t, names{"first": {hung(t)}, "second": {hung(t)}}.config())
			p := dial(t, url, nil)
			id := p.sender(typ, "first")
			p.connect(id, "second")
			const size, messages = 10 << 10, 6
			p.sendLoad(typ, id, messages, size)
			waitFor(t, "all to wait", func() bool { return sendingTo(b, "first") > messages*size && sendingTo(b, "second") == 0 })
			p.do(func(c *client.Client) {
				if _, err := c.Disconnect(id, 1); err != nil {
					t.Error(err)
				}
			})
			waitFor(t, "all to count at the second", func() bool { return sendingTo(b, "first") == 0 && sendingTo(b, "second") > messages*size })
		})
	}
}
