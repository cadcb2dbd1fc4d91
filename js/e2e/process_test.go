package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

const (
	zwb     = "../../bin/zwb"
	python  = "/usr/bin/python3" // Debian's Python, which has python3-zmq; another Python may come first in PATH
	peers   = "../../server/gateway/testdata/peer.py"
	samples = "../../examples/python/"
)

// process is a child process. Tests can wait for the lines that it prints.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string
}

func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(name, args...), lines: make(chan string, 10000)}
	p.cmd.Stderr = os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err == nil {
		p.stdin, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Kill()
	for range p.lines {
	}
	p.cmd.Wait()
}

// await waits for a line that begins with prefix, and returns the rest of that line.
func (p *process) await(prefix string) string {
	p.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				p.t.Fatalf("%s ended without saying %q", p.cmd.Path, prefix)
			}
			if _, after, found := strings.Cut(line, prefix); found {
				return after
			}
		case <-deadline:
			p.t.Fatalf("%s does not say %q", p.cmd.Path, prefix)
		}
	}
}

// tell writes a value to the child, as a line of JSON.
func (p *process) tell(v any) {
	p.t.Helper()
	b, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(p.stdin, "%s\n", b)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// bridge is a running bin/zwb, and a web site of another origin whose pages may connect to it.
type bridge struct {
	*process
	url, data, site string
}

// startBridge starts a bridge on a free port, or on the one that --listen in args names.
func startBridge(t *testing.T, args ...string) *bridge {
	t.Helper()
	b := &bridge{site: site(t)}
	args = append([]string{"serve", "--log-level", "error", "--origin", b.site}, args...)
	if !slices.Contains(args, "--listen") { // which may be said more than once, and holds each time
		args = append(args, "--listen", "127.0.0.1:0")
	}
	b.process = start(t, zwb, args...)
	b.url = strings.TrimSuffix(b.await("console    "), "/")
	b.data = b.await("WebSocket  ")
	return b
}

// backend is a libzmq peer whose socket is bound.
type backend struct {
	*process
	port int
}

func (b *backend) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", b.port) }

// startPeer starts one of the peers of the gateway tests. With port 0 the kernel chooses the port.
func startPeer(t *testing.T, role string, port int, args ...string) *backend {
	t.Helper()
	p := start(t, python, append([]string{peers, role, "--port", strconv.Itoa(port)}, args...)...)
	if role == "req" {
		p.await("ready")
		return &backend{p, port}
	}
	bound, err := strconv.Atoi(p.await("port "))
	if err != nil {
		t.Fatal(err)
	}
	return &backend{p, bound}
}

func freePort(t *testing.T) int { t.Helper(); return unused.Port(t) }

func freePorts(t *testing.T, count int) int { t.Helper(); return unused.Ports(t, count) }
