//go:build long

package deploy

import (
	"context"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// TestSilentWebSockets: a WebSocket on which nobody says anything outlives the timeouts of a proxy, as heartbeats do not let it
// become silent. The timeouts are shorter here than they are by default, and longer than the time between two heartbeats.
func TestSilentWebSockets(t *testing.T) {
	const timeout, silence = 20 * time.Second, 42 * time.Second
	for _, p := range proxies {
		if p.idle == nil {
			continue // it has no such timeout
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			s := p.startSite(t, p.idle...)
			c, err := s.open(t, visit{token: s.bridge.token})
			if err != nil {
				t.Fatal(err)
			}
			if err := echo(t, c); err != nil {
				t.Fatal(err)
			}
			over, cancel := context.WithTimeout(t.Context(), silence)
			defer cancel()
			for status := range c.Watch(over) {
				if status.State != zmq.Connected {
					t.Fatalf("within %v of silence, with a timeout of %v: %+v", silence, timeout, status)
				}
			}
			if err := echo(t, c); err != nil {
				t.Error(err)
			}
		})
	}
}
