//go:build long && !windows

package outlive

import (
	"context"
	"testing"
	"time"
)

// TestWholeFleet: 200 clients read what one publisher says, by way of a load balancer, three bridges and three NATS servers, while each
// bridge is killed, stopped, drained, and parted from NATS, and NATS servers are killed, stopped, and parted from each other. Nobody loses a
// message, gets one twice, or in another order, unless that is told where it happens.
func TestWholeFleet(t *testing.T) {
	const clients, rate = 200, 250
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	f := launch(t)
	c := join(ctx, t, f.url, clients)
	end, ended := make(chan struct{}), make(chan error, 1)
	begun := time.Now()
	go func() { ended <- f.feed.say(end, rate) }() // ends with the channel
	c.pass(t, rate, patience, "the beginning")
	for i, one := range append(bridgeFaults(), natsFaults()...) {
		f.suffer(t, c, one)
		c.spread(i)
		c.pass(t, int(f.feed.said.Load())+rate, patience, "clients that come again") // all have settled
	}
	close(end)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	c.pass(t, int(f.feed.said.Load())-1, patience, "the end")
	t.Logf("%d messages in %v; %s", f.feed.said.Load(), time.Since(begun).Round(time.Second), c.settle(t))
}
