//go:build long && linux

package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/fleettest"
)

// cluster is a fleet, the backends behind it, and the clients in front of HAProxy.
type cluster struct {
	t *testing.T
	*fleettest.Fleet
	balancer            string           // address of HAProxy
	durable, plain      *process.Backend // publishers
	rep, router, herald *process.Backend
	sources, sinks      [2]*process.Backend
	guests              []*guest
	page                *pageClient
}

// guest is a client.
type guest struct {
	client
	ledger   *ledger
	workload workload
}

// Rates, in messages a second and for each client. What has to be found out is whether anything is missing, and not how fast it may be.
const (
	clusterRate    = 150
	clusterAskRate = 100
)

func launchCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t}
	if err := c.startBackends(); err != nil {
		t.Fatal(err)
	}
	// With two bridges a client that leaves one is at the other, so both clients are always at the same one.
	c.Fleet = fleettest.Launch(t, fleettest.Program{Path: "../../../bin/zwb", Drain: "10s", LogLevel: "warn"}, 2, c.configuration)
	c.balance()
	if err := c.admit(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cluster) startBackends() (err error) {
	dir, rate := c.t.TempDir(), fmt.Sprint(clusterRate)
	add := func(b **process.Backend, name, role string, args ...string) {
		started, failed := process.StartBackend(dir, name, role, c.t.Output(), args...)
		if started != nil {
			c.t.Cleanup(started.Kill)
			started.Name = name
		}
		*b, err = started, errors.Join(err, failed)
	}
	add(&c.durable, "durable", "pub", "--rate", rate, "--topics", topics[0])
	add(&c.plain, "plain", "pub", "--rate", rate, "--topics", topics[0])
	add(&c.rep, "rep", "rep")
	add(&c.router, "router", "router")
	add(&c.herald, "herald", "herald", "--rate", fmt.Sprint(heraldRate), "--handover")
	for i := range c.sources {
		add(&c.sources[i], fmt.Sprint("source", i), "push", "--rate", rate, "--topics", "all", "--heartbeat")
		add(&c.sinks[i], fmt.Sprint("sink", i), "pull")
	}
	return err
}

// sending are the backends that send by themselves.
func (c *cluster) sending() []*process.Backend {
	return append(c.sources[:], c.durable, c.plain, c.herald)
}

// configuration is that of a bridge.
func (c *cluster) configuration(nats string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "proxies: [127.0.0.1]\nusers: [anonymous: {}]\ncluster: {nats: %q, name: chaos, lease: 2s}\nzmq: {retain: 20s}\nendpoints:\n", nats)
	endpoint := func(b *process.Backend, kind, more string) {
		fmt.Fprintf(&text, "  %s: {type: %s, address: %q%s}\n", b.Name, kind, b.Address(), more)
	}
	endpoint(c.durable, "SUB", ", history: {age: 1h, size: 64MiB, durable: true}")
	endpoint(c.plain, "SUB", "")
	endpoint(c.rep, "REQ", "")
	endpoint(c.router, "REQ", "")
	endpoint(c.herald, "DEALER", `, identity: "heir*"`)
	for i := range c.sources {
		endpoint(c.sources[i], "PULL", "")
		endpoint(c.sinks[i], "PUSH", "")
	}
	return text.String()
}

// cookie is how HAProxy knows at which bridge a client was. This is the name of the first one.
const cookie, firstBridge = "zwb", "bridge-1"

// balance starts HAProxy with the file of examples/cluster, of which the README says what is promised, for the addresses of these bridges. It
// serves the page where the example has its own.
func (c *cluster) balance() {
	file, err := os.ReadFile("../../../examples/cluster/haproxy.cfg")
	if err != nil {
		c.t.Fatal(err)
	}
	c.balancer = unused.Address(c.t)
	text := regexp.MustCompile(`(?m)^\s*server bridge-3 .*\n`).ReplaceAllString(string(file), "")
	text = strings.NewReplacer("127.0.0.1:8080", c.balancer, "127.0.0.1:8000", c.Bridges[0].Address, "127.0.0.2:8000", c.Bridges[1].Address).Replace(text)
	folder := c.t.TempDir()
	page := fmt.Sprintf("<!doctype html><title>chaos</title><script>document.cookie = '%s=%s; path=/'</script><script src=/zmq.js></script>", cookie, firstBridge)
	if err := os.WriteFile(filepath.Join(folder, "index.html"), []byte(page), 0o600); err != nil {
		c.t.Fatal(err)
	}
	fleettest.Balance(c.t, folder, c.balancer, text)
}

// awaitBalancer waits until HAProxy leads to each bridge who was there before.
func (c *cluster) awaitBalancer() {
	c.t.Helper()
	for i := range c.Bridges {
		name := fmt.Sprintf("bridge-%d", i+1)
		wait.For(c.t, "HAProxy to lead to "+name, func() bool {
			request, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://"+c.balancer+"/readyz", nil)
			if err != nil {
				return false
			}
			request.AddCookie(&http.Cookie{Name: cookie, Value: name})
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				return false
			}
			response.Body.Close()
			return response.StatusCode == http.StatusOK && len(response.Cookies()) == 0 // it sets the cookie of another one where that answers
		})
	}
}

// admit starts the clients, and waits until each has received something.
func (c *cluster) admit() error {
	c.awaitBalancer()
	ctx := c.t.Context()
	page, err := startPage(ctx, "http://"+c.balancer+"/prices", c.workload(1))
	if err != nil {
		return err
	}
	c.page = page
	golang := c.workload(0)
	golang.header = http.Header{"Cookie": {fmt.Sprintf("%s=bridge-%d", cookie, c.place()+1)}} // it comes to the same bridge, once
	program, err := startGoClient(ctx, golang)
	if err != nil {
		return errors.Join(err, page.close())
	}
	c.guests = []*guest{{program, program.ledger, program.workload}, {page, page.ledger, page.workload}}
	time.Sleep(time.Second) // for streams to have begun
	c.goOn("the beginning")
	return nil
}

func (c *cluster) workload(i int) workload {
	url := "ws://" + c.balancer + "/data"
	return workload{url: url, side: url, source: c.sources[i], sink: c.sinks[i], rep: c.rep, router: c.router,
		herald: c.herald, pushRate: clusterRate, askRate: clusterAskRate, subs: []subscription{
			{published("durable", topics[0], c.durable, 0, c.durable)},
			{published("plain", topics[0], c.plain, 0, c.plain)},
		}}
}

// place is the number of the bridge at which the clients are, as the page's cookie has it.
func (c *cluster) place() (bridge int) {
	cookies, err := evaluate[string](c.page.tab, "document.cookie")
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := fmt.Sscanf(cookies, cookie+"=bridge-%d", &bridge); err != nil {
		c.t.Fatalf("the page has the cookies %q: %v", cookies, err)
	}
	return bridge - 1
}

// standing says where a client is in each of its streams.
func (g *guest) standing() string {
	text := g.position()
	for _, s := range g.ledger.received() {
		sent, _ := s.sent()
		text += fmt.Sprintf(", %s %d of %d", s.Name, s.Position(), sent)
	}
	arrived, _ := g.workload.sink.Numbers()
	return text + fmt.Sprintf(", %d have arrived; %d requests under way; heirs %+v", last(arrived), g.ledger.requests.Pending(), g.ledger.heirs.Judge())
}
