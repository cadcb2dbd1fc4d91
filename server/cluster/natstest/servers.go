package natstest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest/program"
)

// Servers are NATS servers with JetStream, on loopback.
type Servers struct {
	t     testing.TB
	nodes []*node
	roads roads // nil: the servers cannot be parted
}

// node is one of them. Its address and what it keeps stay when it is started anew.
type node struct {
	config, log string
	client      string // address for clients
	process     *exec.Cmd
	output      *os.File
}

// Start starts so many servers, which are one cluster if there are several, and waits until they are. They end with the test. more is
// added to the configuration of each.
func Start(t testing.TB, count int, more ...string) *Servers {
	t.Helper()
	s := StartForming(t, count, more...)
	if count > 1 {
		s.AwaitFormed()
	}
	return s
}

// StartForming is Start for who meets the servers while they are still becoming a cluster.
func StartForming(t testing.TB, count int, more ...string) *Servers {
	t.Helper()
	return start(t, count, false, more...)
}

func start(t testing.TB, count int, apart bool, more ...string) *Servers {
	t.Helper()
	binary, err := program.Path()
	if err != nil {
		t.Fatal(err)
	}
	s, folder := &Servers{t: t}, t.TempDir()
	var routes []string
	for range count {
		routes = append(routes, unused.Address(t))
	}
	if apart {
		s.roads = newRoads(t, routes)
	}
	for i := range count {
		n := &node{client: fmt.Sprintf("127.0.0.1:%d", unused.Port(t)), config: filepath.Join(folder, fmt.Sprintf("n%d.conf", i)), log: filepath.Join(folder, fmt.Sprintf("n%d.log", i))}
		text := fmt.Sprintf("server_name: n%d\nlisten: %s\njetstream: {store_dir: %q, max_mem: 64M, max_file: 1G}\n%s\n", i, n.client, filepath.Join(folder, fmt.Sprintf("n%d", i)), strings.Join(more, "\n"))
		if count > 1 {
			text += s.cluster(i, routes)
		}
		if err := os.WriteFile(n.config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		n.process = exec.Command(binary)
		s.nodes = append(s.nodes, n)
	}
	t.Cleanup(func() {
		for i := range s.nodes {
			s.Kill(i)
		}
	})
	for i := range s.nodes {
		s.Restart(i)
	}
	return s
}

// cluster is what the configuration of a server says of the others.
func (s *Servers) cluster(i int, routes []string) string {
	var others []string
	for other, address := range routes {
		switch {
		case other == i:
		case s.roads != nil:
			others = append(others, "nats://"+s.roads[i][other].Address())
		default:
			others = append(others, "nats://"+address)
		}
	}
	more := ""
	if s.roads != nil { // else they would tell each other, and who connects, of ways around the relays
		more = ", no_advertise: true, advertise: \"127.0.0.1:1\""
	}
	return fmt.Sprintf("cluster: {name: test, listen: %s, routes: [%s]%s}\n", routes[i], strings.Join(others, ", "), more)
}

// URLs are those of all servers, with commas between.
func (s *Servers) URLs() string {
	var all []string
	for _, n := range s.nodes {
		all = append(all, "nats://"+n.client)
	}
	return strings.Join(all, ",")
}

// PIDs are the processes of those that run.
func (s *Servers) PIDs() (all []int) {
	for _, n := range s.nodes {
		if n.process.Process != nil && n.process.ProcessState == nil {
			all = append(all, n.process.Process.Pid)
		}
	}
	return all
}

// Restart starts a server that was killed, and waits until it listens.
func (s *Servers) Restart(i int) {
	s.t.Helper()
	n := s.nodes[i]
	var err error
	if n.output, err = os.OpenFile(n.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		s.t.Fatal(err)
	}
	n.process = exec.Command(n.process.Path, "-c", n.config)
	n.process.Stdout, n.process.Stderr = n.output, n.output
	if err := n.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	wait.For(s.t, "nats-server to listen", func() bool {
		conn, err := net.Dial("tcp", n.client)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// Kill ends a server at once, if it runs.
func (s *Servers) Kill(i int) {
	n := s.nodes[i]
	if n.process.Process == nil || n.process.ProcessState != nil {
		return
	}
	n.process.Process.Kill()
	n.process.Wait() // it was killed
	n.output.Close()
	if s.t.Failed() {
		text, _ := os.ReadFile(n.log)
		s.t.Logf("nats-server %d:\n%s", i, text)
	}
}
