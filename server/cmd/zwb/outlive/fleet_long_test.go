//go:build long && !windows

package outlive

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// fleet is what somebody has who may lose any machine: bridges behind a load balancer, NATS servers that are a cluster, and a relay
// between each bridge and each of them.
type fleet struct {
	nats    *natstest.Servers
	bridges []*member
	url     string // of the load balancer
	feed    *feed
}

// member is a bridge at an address that stays, whichever process is there.
type member struct {
	*bridge
	text    string
	address string
	roads   []*natstest.Relay // to the NATS servers
}

// launch starts a fleet of three bridges and three NATS servers.
func launch(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{nats: natstest.StartApart(t, 3), feed: newFeed(t)}
	for range 3 {
		m := &member{address: unused.Address(t)}
		var urls string
		m.roads, urls = f.nats.Relays(t)
		m.text = fmt.Sprintf("cluster: {nats: %q, name: test}\nusers: [anonymous: {}]\n"+
			"endpoints: {feed: {type: SUB, address: %q, hwm: 1000000, history: {age: 1h, size: 256MiB, durable: true}}}\n", urls, f.feed.pub.Endpoint())
		m.start(t)
		f.bridges = append(f.bridges, m)
	}
	f.url = "ws://" + balance(t, f.bridges) + "/data"
	return f
}

// start starts the process of a bridge, and waits until it is ready.
func (m *member) start(t *testing.T) {
	t.Helper()
	m.bridge = startAt(t, m.address, m.text, "2s")
	wait.For(t, "the bridge to be ready", func() bool {
		response, err := http.Get(m.url + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// signal is for the process, which goes on to exist.
func (m *member) signal(s syscall.Signal) { m.command.Process.Signal(s) }

// part has it hear nothing of NATS, and cut has its connections there end, and no other ones come about. join ends both.
func (m *member) part() {
	for _, r := range m.roads {
		r.Stall()
	}
}

func (m *member) cut() {
	for _, r := range m.roads {
		r.Cut()
	}
}

func (m *member) join() {
	for _, r := range m.roads {
		r.Heal()
	}
}

// balance is the address of HAProxy in front of bridges. more is added to its defaults.
func balance(t *testing.T, bridges []*member, more ...string) string {
	t.Helper()
	const program = "/usr/sbin/haproxy"
	if _, err := os.Stat(program); err != nil {
		t.Fatal("this test wants HAProxy, as Debian has it: ", err)
	}
	address := unused.Address(t)
	text := "defaults\n\tmode http\n\ttimeout connect 2s\n\ttimeout client 60s\n\ttimeout server 60s\n\toption redispatch\n" + strings.Join(append(more, ""), "\n") +
		"frontend web\n\tbind " + address + "\n\tdefault_backend zwb\n" +
		"backend zwb\n\tbalance leastconn\n\toption httpchk GET /readyz\n\tdefault-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions\n"
	for i, m := range bridges {
		text += fmt.Sprintf("\tserver bridge%d %s\n", i, m.address)
	}
	file := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "-db", "-q", "-f", file)
	output := new(said)
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	wait.For(t, "HAProxy to lead to a bridge", func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
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
