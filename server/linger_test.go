package server

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestLinger: what a page sent before it closed its socket, or left, is passed on when a backend comes.
func TestLinger(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*page, uint32){
		"the socket is closed": func(p *page, push uint32) { p.do(func(c *client.Client) { c.CloseSocket(push) }) },
		"the page has left":    func(p *page, _ uint32) { p.conn.Close(core.CloseNormal, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, url := startBridge(t, allowAll(Config{}))
			port := freePort(t)
			const each = 700 // more, together, than the gateway's own queue takes
			var pages []*page
			var sockets []uint32
			for n := range 2 {
				p := dial(t, url, nil)
				push := p.open(core.PUSH, fmt.Sprintf("tcp://127.0.0.1:%d", port), "")
				p.awaitKind(client.EventDown)
				for i := range each {
					p.do(func(c *client.Client) {
						if err := c.Send(push, core.Message{[]byte(strconv.Itoa(n*each + i))}); err != nil {
							t.Error(err)
						}
					})
				}
				waitFor(t, "the bridge to have it", func() bool {
					holds := true
					p.do(func(c *client.Client) { holds = c.Lingers() })
					return !holds
				})
				pages, sockets = append(pages, p), append(sockets, push)
			}
			for n, p := range pages {
				end(p, sockets[n])
			}
			pull := startPeer(t, "peer", port, "--type", "PULL")
			for i := range 2 * each {
				if got := pull.hear(); got[0] != strconv.Itoa(i) {
					t.Fatalf("message %d is %q", i, got)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if name == "the page has left" {
				if err := b.Drain(ctx, time.Second); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
