package operate

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
)

// TestRates: they are between two moments, a bridge that was restarted has none below zero, and names are fit for a terminal.
func TestRates(t *testing.T) {
	began := time.Unix(1, 0)
	before, now := &moment{at: began}, &moment{at: began.Add(2 * time.Second)}
	before.stats.Dropped, now.stats.Dropped = 10, 30
	before.stats.Refused, now.stats.Refused = 10, 3
	before.endpoints = []server.Endpoint{{Name: "prices", Totals: meter.Totals{ToClients: 100}}}
	now.endpoints = []server.Endpoint{{Name: "new", Totals: meter.Totals{FromClients: 8, BytesFromClients: 4096}},
		{Name: "prices", Up: 1, Backends: 2, Reason: "\x1b[2Jgone", Totals: meter.Totals{ToClients: 300}}}
	now.sessions = []server.Session{{ID: "a", User: "small", Held: 1}, {ID: "b", Held: 3 << 20, Sent: 50, Sockets: []server.SessionSocket{{Queued: 2}, {Queued: 3}}}}
	c := now.since(before)
	if c.Dropped != 10 || c.Refused != 0 || c.Endpoints[0].In != 4 || c.Endpoints[1].Out != 100 || c.Sessions[0].Queued != 5 || c.Sessions[0].Out != 25 {
		t.Errorf("%+v", c)
	}
	text := strings.Join(c.lines(), "\n")
	for _, want := range []string{"prices                        1/2        0        100          0        0 B", `\x1b[2Jgone`, "2 KiB", "-                ", "3 MiB"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("the reason moves the cursor")
	}
}
