//go:build long && !windows

package outlive

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// fleet is what somebody has who may lose any machine: bridges behind a load balancer, NATS servers that are a cluster, and a relay
// between each bridge and each of them.
type fleet struct {
	*fleettest.Fleet
	url  string // of the load balancer
	feed *feed
}

// launch starts a fleet of three bridges and three NATS servers.
func launch(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{feed: newFeed(t)}
	f.Fleet = fleettest.Launch(t, program("2s"), 3, func(nats string) string {
		return fmt.Sprintf("cluster: {nats: %q, name: test}\nusers: [anonymous: {}]\n"+
			"endpoints: {feed: {type: SUB, address: %q, hwm: 1000000, history: {age: 1h, size: 256MiB, durable: true}}}\n", nats, f.feed.pub.Endpoint())
	})
	f.url = "ws://" + balance(t, f.Bridges) + "/data"
	return f
}

// balance is the address of HAProxy in front of bridges. more is added to its defaults.
func balance(t *testing.T, bridges []*fleettest.Member, more ...string) string {
	t.Helper()
	address := unused.Address(t)
	text := "defaults\n\tmode http\n\ttimeout connect 2s\n\ttimeout client 60s\n\ttimeout server 60s\n\toption redispatch\n" + strings.Join(append(more, ""), "\n") +
		"frontend web\n\tbind " + address + "\n\tdefault_backend zwb\n" +
		"backend zwb\n\tbalance leastconn\n\toption httpchk GET /readyz\n\tdefault-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions\n"
	for i, m := range bridges {
		text += fmt.Sprintf("\tserver bridge%d %s\n", i, m.Address)
	}
	fleettest.Balance(t, t.TempDir(), address, text)
	return address
}

// feed is a PUB that says numbers.
type feed struct {
	pub  *gateway.PubGateway
	said atomic.Int64 // how many numbers were said
}

func newFeed(t *testing.T) *feed {
	t.Helper()
	factory := gateway.NewFactory(gateway.Config{HWM: 1_000_000})
	t.Cleanup(factory.Close)
	pub, err := factory.Pub(core.Endpoint{Transport: "tcp", Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	return &feed{pub: pub}
}

// say says so many numbers a second until it is told to end.
func (f *feed) say(end <-chan struct{}, rate int) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case <-end:
			return nil
		case <-tick.C:
		}
		if err := f.pub.Publish(core.Message{fmt.Append(nil, f.said.Load())}); err != nil {
			return err
		}
		f.said.Add(1)
	}
}
