package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

const python = "/usr/bin/python3" // Debian's, which has python3-zmq; another may stand first in PATH

// peer is a libzmq socket in a process of its own (gateway/testdata/peer.py).
type peer struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
	port  int
}

// startPeer starts a peer and waits until it is bound or has begun to connect.
func startPeer(t *testing.T, role string, port int, args ...string) *peer {
	t.Helper()
	args = append([]string{"gateway/testdata/peer.py", role, "--port", strconv.Itoa(port)}, args...)
	p := &peer{t: t, cmd: exec.Command(python, args...), lines: make(chan string, 1000), port: port}
	p.cmd.Stderr = os.Stderr
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("%v: the tests need Debian's python3 with python3-zmq (apt-get install python3-zmq)", err)
	}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(p.kill)
	if bound, isBound := strings.CutPrefix(p.line(), "port "); isBound {
		if p.port, err = strconv.Atoi(bound); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *peer) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", p.port) }

// kill ends the peer the hard way; a second call does nothing.
func (p *peer) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Kill()
	for range p.lines {
	}
	p.cmd.Wait()
}

// line is the next line the peer prints.
func (p *peer) line() string {
	p.t.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.t.Fatal("the peer ended")
		}
		return line
	case <-time.After(patience):
		p.t.Fatal("the peer says nothing")
	}
	return ""
}

// hear is the next message the peer reports.
func (p *peer) hear() (parts []string) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.line()), &parts); err != nil {
		p.t.Fatal(err)
	}
	return parts
}

// tell hands the peer a message to send.
func (p *peer) tell(parts ...string) {
	p.t.Helper()
	b, err := json.Marshal(parts)
	if err == nil {
		_, err = fmt.Fprintf(p.stdin, "%s\n", b)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// freePort is a port nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestMain fails the run when it leaves goroutines behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if stacks := leaked(); code == 0 && stacks != "" {
		fmt.Fprintf(os.Stderr, "goroutines were left behind:\n%s\n", stacks)
		code = 1
	}
	os.Exit(code)
}

// leaked waits a while for the goroutines of this module to end, and returns the stacks of those that have not.
func leaked() string {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		stacks := ownStacks()
		if stacks == "" {
			return ""
		}
		select {
		case <-tick.C:
		case <-deadline:
			return stacks
		}
	}
}

func ownStacks() string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var own []string
	for i, stack := range strings.Split(string(buf), "\n\n") {
		if i > 0 && strings.Contains(stack, "zmqwebbridge") {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
