package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/screen"
)

// Cluster shows the bridges of a cluster, as one of them sees them, every second anew until ctx ends. Where nobody looks, it says that once, as
// JSON.
func (c *Client) Cluster(ctx context.Context, w io.Writer) error {
	for {
		var now admin.ClusterAnswer
		if err := c.Get(ctx, "/api/cluster", &now); err != nil {
			return err
		}
		if !screen.Is(w) {
			return json.NewEncoder(w).Encode(now)
		}
		if err := screen.Draw(w, clusterLines(now, time.Now())); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func clusterLines(c admin.ClusterAnswer, now time.Time) []string {
	nats := "NATS " + quoted(c.NATS.Server)
	if !c.NATS.Up {
		nats = "NATS is away: " + quoted(c.NATS.Trouble)
	}
	lines := []string{fmt.Sprintf("cluster %s   %d bridges   %d revoked   %s", quoted(c.Name), len(c.Bridges), c.Revoked, nats)}
	if c.Trouble != "" {
		lines = append(lines, "this bridge cannot report: "+quoted(c.Trouble))
	}
	lines = append(lines, "", fmt.Sprintf("%-10s %-20s %-10s %10s %9s %8s %10s %10s", "BRIDGE", "HOST", "VERSION", "UP", "SESSIONS", "SOCKETS", "OUT/s", "IN/s"))
	for _, b := range c.Bridges {
		out, in := 0.0, 0.0
		for _, e := range b.Endpoints {
			out, in = out+e.Out, in+e.In
		}
		state := ""
		if b.ID == c.Bridge {
			state = "this one"
		}
		if b.Draining {
			state = strings.TrimPrefix(state+", shutting down", ", ")
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%-10s %-20s %-10s %10s %9d %8d %10.0f %10.0f  %s", b.ID[:min(8, len(b.ID))], quoted(b.Host), quoted(b.Version),
			now.Sub(b.Started).Round(time.Second), b.Sessions, b.Sockets, out, in, state), " "))
	}
	return lines
}
