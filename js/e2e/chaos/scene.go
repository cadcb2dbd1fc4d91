package main

import (
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/network"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// options of a run.
type options struct {
	schedule.Plan
	binary             string
	messages, requests int
	log                io.Writer
}

// scene is everything that a run needs: the bridge, the backends, the clients, and the proxies between the clients and the
// bridge.
type scene struct {
	options
	dir         string
	bridge      *process.Bridge
	pub         *process.Backend
	second      *process.Backend // the other publisher of a SUB that has two
	tail        *process.Backend // a publisher that says more at the end than anybody takes
	rep, router *process.Backend
	sources     []*process.Backend
	sinks       []*process.Backend
	finals      []*process.Backend
	nowhere     string // an address where nobody is
	herald      *process.Backend
	proxies     []*network.Proxy // one for each client, and then another one for each, on whose faults no time to recover depends
	clients     []client
	site        *httptest.Server // of the page; nil: there is none
	chronicle   []string         // what has happened to the processes, a line for each fault
}

// client is the Go client or the page.
type client interface {
	harm(at time.Time, why record.Cause, what string)
	recovered() bool
	complaints() []error
	position() string // where it is in its streams, for the chronicle
	settled() bool    // everything that was sent has arrived
	halt() error      // stops sending, and waits for the requests that are under way
	heed()            // follows halt, when the backends have sent all
	close() error
	books() (*ledger, error)
}

var topics = []string{"a", "b"}

// The topics of the other publishers.
const (
	secondTopic = "c"
	tailTopic   = "tail"
)

// A SUB of the last publisher may be so many messages behind, and gets so many more at the end.
const (
	tailHWM   = 100
	tailBurst = 50_000
)

// heraldRate is how many messages a second the herald sends to each name.
const heraldRate = 50

// These are the shares of the sockets in the messages of a client.
const (
	subShare  = 0.5
	lowShare  = 0.05 // of each of the other publishers, beside
	pushShare = 0.25
	pullShare = 0.25
)

func (o options) rate(share float64) float64 {
	return share * float64(o.messages) / float64(o.Plan.Clients) / o.Time.Seconds()
}

func newScene(o options) (s *scene, err error) {
	s = &scene{options: o}
	if s.dir, err = os.MkdirTemp("", "zwb-chaos-"); err != nil {
		return s, err
	}
	if err := s.startBackends(); err != nil {
		return s, err
	}
	return s, s.startBridge()
}

func (s *scene) startBackends() error {
	add := func(b **process.Backend, name, role string, args ...string) (err error) {
		*b, err = process.StartBackend(s.dir, name, role, s.log, args...)
		return err
	}
	rate := func(share float64) string { return fmt.Sprint(s.rate(share)) }
	s.sources, s.sinks = make([]*process.Backend, s.Plan.Clients), make([]*process.Backend, s.Plan.Clients)
	s.finals = make([]*process.Backend, s.Plan.Clients)
	err := errors.Join(
		add(&s.herald, "herald", "herald", "--rate", fmt.Sprint(heraldRate)),
		add(&s.pub, "pub", "pub", "--rate", rate(subShare), "--topics", strings.Join(topics, ",")),
		add(&s.second, "second", "pub", "--rate", rate(lowShare), "--topics", secondTopic),
		add(&s.tail, "tail", "pub", "--rate", rate(lowShare), "--topics", tailTopic, "--burst", strconv.Itoa(tailBurst)),
		add(&s.rep, "rep", "rep"),
		add(&s.router, "router", "router"))
	for i := range s.sources {
		err = errors.Join(err,
			add(&s.sources[i], fmt.Sprint("source", i), "push", "--rate", rate(pullShare), "--topics", "all"),
			add(&s.sinks[i], fmt.Sprint("sink", i), "pull"),
			add(&s.finals[i], fmt.Sprint("final", i), "pull"))
	}
	return err
}

// backends are all backends of the scene, each of which can be killed.
func (s *scene) backends() (all []*process.Backend) {
	all = append(append([]*process.Backend{s.pub, s.rep, s.router}, s.sources...), s.sinks...)
	return slices.DeleteFunc(append(append(all, s.finals...), s.second, s.tail, s.herald), func(b *process.Backend) bool { return b == nil })
}

func (s *scene) startBridge() error {
	cert, key, err := network.Certify(s.dir)
	if err != nil {
		return err
	}
	args := []string{"--cert", cert, "--key", key, "--log-level", "error", "--hwm", "50000", "--drain", "3s", "--origin", "*"}
	for _, b := range s.backends() {
		rule := "* " + b.Address()
		if b == s.tail {
			rule = fmt.Sprintf("SUB %s hwm=%d", b.Address(), tailHWM)
		}
		args = append(args, "--allow", rule)
	}
	port, err := process.FreePort()
	if err != nil {
		return err
	}
	s.nowhere = fmt.Sprintf("tcp://127.0.0.1:%d", port)
	args = append(args, "--allow", "PUSH "+s.nowhere)
	if s.bridge, err = process.StartBridge(s.binary, s.log, args...); err != nil {
		return err
	}
	for i := range 2 * s.Plan.Clients {
		harmed := func(at time.Time, what string) { s.clients[i].harm(at, record.ByCut, what) }
		if i >= s.Plan.Clients {
			harmed = func(time.Time, string) {}
		}
		p, err := network.NewProxy(s.bridge.Address(), harmed)
		if err != nil {
			return err
		}
		s.proxies = append(s.proxies, p)
	}
	return nil
}

func (s *scene) workload(i int) workload {
	return workload{url: s.url(i), side: s.url(s.Plan.Clients + i), subs: s.subscriptions(), source: s.sources[i], sink: s.sinks[i], rep: s.rep,
		router: s.router, final: s.finals[i], nowhere: s.nowhere, herald: s.herald,
		pushRate: s.rate(pushShare), askRate: float64(s.requests) / float64(s.Plan.Clients) / s.Time.Seconds()}
}

func (s *scene) url(i int) string { return "wss://" + s.proxies[i].Address() + "/data" }

// close ends everything. The clients have to be closed before.
func (s *scene) close() {
	for _, p := range s.proxies {
		p.Close()
	}
	if s.site != nil {
		s.site.Close()
	}
	if s.bridge != nil {
		s.bridge.Kill()
	}
	for _, b := range s.backends() {
		b.Kill()
	}
	os.RemoveAll(s.dir)
}
