package server

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// sendingTo is what waits for the backends of an endpoint.
func sendingTo(b *Bridge, name string) int64 {
	for _, e := range b.Endpoints() {
		if e.Name == name {
			return e.Memory["sending"]
		}
	}
	return -1
}

// TestWhatWaitsForAnEndpoint: it is at the endpoint as it is on the account, whatever kind of socket has sent it, also when that is closed; and goes when it goes.
func TestWhatWaitsForAnEndpoint(t *testing.T) {
	for _, typ := range []core.SocketType{core.PUSH, core.DEALER, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			cfg := names{"away": {"tcp://127.0.0.1:1"}, "other": {"tcp://127.0.0.1:2"}}.config()
			cfg.Log, cfg.Linger = quiet, 2*time.Second
			b, url := startBridge(t, cfg)
			const clients, size, messages = 3, 100 << 10, 5
			for range clients {
				p := dial(t, url, nil)
				id := p.open(typ, "away", "")
				p.open(typ, "other", "")
				p.awaitKind(client.EventDown)
				for range messages {
					if typ == core.REQ {
						p.ask(id, time.Minute, strings.Repeat("x", size))
					} else {
						p.send(id, strings.Repeat("x", size))
					}
				}
				defer p.leave()
			}
			const all = clients * messages * size
			waitFor(t, "all to wait", func() bool { return sendingTo(b, "away") > all })
			if s, at := b.Stats(), sendingTo(b, "away"); at != int64(s.Memory["sending"]+s.Memory["requests"]) || at > all*11/10 || sendingTo(b, "other") != 0 {
				t.Errorf("%d wait there, %d at the other, and the account has %v", at, sendingTo(b, "other"), s.Memory)
			}
		})
	}
}

// TestMemoryOfWhatWaits: with a limit all clients together hold no more there, and what is refused is told; other endpoints have theirs.
func TestMemoryOfWhatWaits(t *testing.T) {
	for _, typ := range []core.SocketType{core.PUSH, core.REQ} {
		t.Run(typ.String(), func(t *testing.T) {
			const most, clients, size, messages = 1 << 20, 8, 50 << 10, 5
			cfg := names{"away": {"tcp://127.0.0.1:1"}, "free": {"tcp://127.0.0.1:2"}}.config()
			cfg.Log = quiet
			cfg.Terms = func(a Access) (terms Terms, err error) {
				if a.Endpoint.Name == "away" {
					terms.Memory = most
				}
				return terms, nil
			}
			b, url := startBridge(t, cfg)
			busy := 0
			for range clients {
				p := dial(t, url, nil)
				id := p.open(typ, "away", "")
				p.awaitKind(client.EventDown)
				for range messages {
					if typ == core.REQ {
						p.ask(id, time.Minute, strings.Repeat("x", size))
					} else {
						p.send(id, strings.Repeat("x", size))
					}
					if now := sendingTo(b, "away"); now > most {
						t.Errorf("%d wait", now)
					}
				}
				free := p.open(core.REQ, "free", "")
				p.ask(free, time.Millisecond, "the last one, so that all before it was dealt with")
				p.await("its end", func(e event) bool {
					if e.Code == core.Busy {
						busy++
					}
					return e.Kind == client.EventFailed && e.Socket == free
				})
			}
			if held := sendingTo(b, "away"); held > most || held < most-2*size || busy < clients*messages-most/size {
				t.Errorf("%d wait, and %d of %d were refused", held, busy, clients*messages)
			}
		})
	}
}
