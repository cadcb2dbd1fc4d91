//go:build long && measure && linux

package outlive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestCostOfACluster measures what a delivery costs: at a bridge alone with a plain SUB, and at one of a cluster with a durable one, and what
// the NATS servers take meanwhile, which is given by message of the publisher. Both take turns. It is run by itself:
//
//	go test ./server/cmd/zwb/outlive -tags 'long measure' -run TestCostOfACluster -v
func TestCostOfACluster(t *testing.T) {
	for _, c := range []struct{ clients, rate int }{{300, 200}, {300, 2000}, {1000, 1000}} {
		t.Run(fmt.Sprintf("%d clients, %d messages a second", c.clients, c.rate), func(t *testing.T) {
			const rounds = 3
			var alone, durable, ratios, stores, bytes []float64
			for range rounds {
				a, _ := cost(t, c.clients, c.rate, false)
				d, n := cost(t, c.clients, c.rate, true)
				alone, durable, ratios = append(alone, a), append(durable, d), append(ratios, d/a)
				stores, bytes = append(stores, n.cpu*1e6), append(bytes, n.written)
			}
			t.Logf("CPU seconds of the bridge per million deliveries: alone %.2f, in a cluster %.2f; × %.2f", alone, durable, ratios)
			t.Logf("median %.2f and %.2f, × %.2f; the NATS servers: %.0f µs and %.0f bytes written per message of the publisher", middle(alone), middle(durable), middle(ratios), middle(stores), middle(bytes))
		})
	}
}

func middle(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

// cost is CPU seconds of the bridge per million deliveries, and what the NATS servers have used per message.
func cost(t *testing.T, clients, rate int, durable bool) (perMillion float64, store use) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	logLevel = "warn"
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close()
	text, history := fmt.Sprintf("users: [anonymous: {}]\nlimits: {connections: %d}\n", clients+1), ""
	var nodes *natstest.Servers
	if durable {
		nodes = natstest.Start(t, 3)
		text += fmt.Sprintf("cluster: {nats: %q, name: test}\n", nodes.URLs())
		history = ", history: {age: 1h, size: 256MiB, durable: true}"
	}
	text += fmt.Sprintf("endpoints: {feed: {type: SUB, address: %q, hwm: 100000%s}}\n", publisher.Endpoint(), history)
	b := start(t, text)
	load := bench.Load{URL: "ws" + strings.TrimPrefix(b.URL, "http") + "/data", Address: "feed", Clients: clients, Size: 64, Rate: rate,
		Warm: 2 * time.Second, For: 4 * time.Second, Publisher: publisher, PID: b.PID()}
	var before use
	if durable {
		before = useOf(t, nodes.PIDs()...)
	}
	result, err := load.Fanout(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if durable {
		published := float64(rate) * (load.Warm + load.For).Seconds()
		u := useOf(t, nodes.PIDs()...).since(before)
		store = use{cpu: u.cpu / published, written: u.written / published}
		for i := range 3 {
			nodes.Kill(i)
		}
	}
	t.Logf("durable %v: %.2f s/M, %.0f deliveries/s, %.2f cores, %.0f MiB, loss %v, missed %d, latency %+v", durable, result.Server.CPUPerMillion, result.PerSecond, result.Server.Cores, result.Server.RSS, *result.Loss, result.Missed, *result.Latency)
	b.End(syscall.SIGKILL)
	return result.Server.CPUPerMillion, store
}
