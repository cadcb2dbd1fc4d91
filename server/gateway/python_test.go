package gateway

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// python3 is Debian's, not one that a version manager put first in PATH: it is the one that has python3-zmq.
const python3 = "/usr/bin/python3"

var checkPython = sync.OnceValue(func() error {
	out, err := exec.Command(python3, "-c", "import zmq").CombinedOutput()
	if err != nil {
		return fmt.Errorf("these tests need libzmq peers: apt-get install python3 python3-zmq (%v: %s)", err, out)
	}
	return nil
})

// python is a libzmq peer in a process of its own. See testdata/peer.py.
type python struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	ended chan struct{}
	port  uint16
}

// startPython starts a peer and waits until it is bound, or about to connect. It is killed with the test.
func startPython(t *testing.T, role string, args ...string) *python {
	t.Helper()
	if err := checkPython(); err != nil {
		t.Fatal(err)
	}
	p := &python{t: t, lines: make(chan string, 10_000), ended: make(chan struct{})}
	p.cmd = exec.Command(python3, append(program(role), args...)...)
	stderr := new(strings.Builder)
	p.cmd.Stderr = stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Ended by the end of the process, joined by kill.
	go func() {
		defer close(p.ended)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 64*mebibyte)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		close(p.lines)
		p.cmd.Wait()
	}()
	t.Cleanup(p.kill)

	first, ok := p.line()
	if !ok {
		p.kill()
		t.Fatalf("%s did not start: %s", role, stderr)
	}
	if number, bound := strings.CutPrefix(first, "port "); bound {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			t.Fatalf("%s says %q", role, first)
		}
		p.port = uint16(n)
	}
	return p
}

// program is the command for a role of peer.py, or for a script of its own.
func program(role string) []string {
	if strings.HasSuffix(role, ".py") {
		return []string{"testdata/" + role}
	}
	return []string{"testdata/peer.py", role}
}

// restartPython starts a peer where another one was.
func restartPython(t *testing.T, old *python, role string, args ...string) *python {
	t.Helper()
	return startPython(t, role, append([]string{"--port", strconv.Itoa(int(old.port))}, args...)...)
}

func (p *python) endpoint() core.Endpoint {
	return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: p.port}
}

// kill ends the process without a farewell and waits for it.
func (p *python) kill() {
	p.cmd.Process.Kill()
	p.in.Close()
	<-p.ended
}

// tell sends the peer a command.
func (p *python) tell(command any) {
	p.t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		p.t.Fatal(err)
	}
}

// hear returns the parts the peer says next.
func (p *python) hear() []string {
	p.t.Helper()
	line, ok := p.line()
	if !ok {
		p.t.Fatal("the peer ended or had nothing to say")
	}
	var parts []string
	if err := json.Unmarshal([]byte(line), &parts); err != nil {
		p.t.Fatalf("the peer says %q: %v", line, err)
	}
	return parts
}

func (p *python) line() (string, bool) {
	select {
	case line, ok := <-p.lines:
		return line, ok
	case <-time.After(patience):
		return "", false
	}
}
