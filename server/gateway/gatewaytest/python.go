package gatewaytest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

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

// Python is a libzmq peer in a process of its own. See testdata/peer.py.
type Python struct {
	t     *testing.T
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	Ended chan struct{}
	port  uint16
}

// Endpoint is where the peer has bound.
func (p *Python) Endpoint() core.Endpoint {
	return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: p.port}
}

// Hear returns the parts the peer says next.
func (p *Python) Hear() []string {
	p.t.Helper()
	line, ok := p.Line()
	if !ok {
		p.t.Fatal("the peer ended or had nothing to say")
	}
	var parts []string
	if err := json.Unmarshal([]byte(line), &parts); err != nil {
		p.t.Fatalf("the peer says %q: %v", line, err)
	}
	return parts
}

// HearMessage is Hear for parts of any bytes.
func (p *Python) HearMessage() core.Message {
	p.t.Helper()
	var m core.Message
	for _, part := range p.Hear() {
		b := []byte(part)
		if utf8.RuneCountInString(part) < len(b) {
			b = b[:0]
			for _, r := range part {
				b = append(b, byte(r))
			}
		}
		m = append(m, b)
	}
	return m
}

// Kill ends the process without a farewell and waits for it.
func (p *Python) Kill() {
	p.cmd.Process.Kill()
	p.in.Close()
	<-p.Ended
}

// Line is the next line the process writes; not ok when there is none in time.
func (p *Python) Line() (string, bool) {
	select {
	case line, ok := <-p.lines:
		return line, ok
	case <-time.After(Patience):
		return "", false
	}
}

// Tell sends the peer a command.
func (p *Python) Tell(command any) {
	p.t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.writeLine(line); err != nil {
		p.t.Fatal(err)
	}
}

// TellMessage is Tell for parts of any bytes.
func (p *Python) TellMessage(m core.Message) {
	p.t.Helper()
	parts := Words(m)
	for i, part := range m {
		if !utf8.Valid(part) {
			runes := make([]rune, len(part))
			for j, b := range part {
				runes[j] = rune(b)
			}
			parts[i] = string(runes)
		}
	}
	p.Tell(parts)
}

// writeLine writes a line to the standard input of the process.
func (p *Python) writeLine(line []byte) error {
	_, err := p.in.Write(append(line, '\n'))
	return err
}

// StartPython starts a peer and waits until it is bound, or about to connect. It is killed with the test.
func StartPython(t *testing.T, role string, args ...string) *Python {
	t.Helper()
	if err := checkPython(); err != nil {
		t.Fatal(err)
	}
	p := &Python{t: t, lines: make(chan string, 10_000), Ended: make(chan struct{})}
	p.cmd = exec.Command(python3, append(program(t, role), args...)...)
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
		defer close(p.Ended)
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, 64*MiB)
		for lines.Scan() {
			p.lines <- lines.Text()
		}
		close(p.lines)
		p.cmd.Wait()
	}()
	t.Cleanup(p.Kill)

	first, ok := p.Line()
	if !ok {
		p.Kill()
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
func program(t testing.TB, role string) []string {
	t.Helper()
	if strings.HasSuffix(role, ".py") {
		return []string{filepath.Join(scripts(t), role)}
	}
	return []string{filepath.Join(scripts(t), "peer.py"), role}
}

// scripts is where the scripts are: server/gateway/testdata, from whatever package of the module the test is.
func scripts(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "server", "gateway", "testdata")
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test does not run within the module")
		}
		dir = filepath.Dir(dir)
	}
}

// RestartPython starts a peer where another one was.
func RestartPython(t *testing.T, old *Python, role string, args ...string) *Python {
	t.Helper()
	return StartPython(t, role, append([]string{"--port", strconv.Itoa(int(old.port))}, args...)...)
}

// StartPeer starts a socket of any type. Without a port it binds, with one it connects.
func StartPeer(t *testing.T, typ string, ep core.Endpoint, args ...string) *Python {
	t.Helper()
	args = append([]string{"--type", typ}, args...)
	if ep.Port != 0 {
		args = append([]string{"--connect", "--port", strconv.Itoa(int(ep.Port))}, args...)
	}
	return StartPython(t, "peer", args...)
}

// BindPeer starts a socket that binds at a known address.
func BindPeer(t *testing.T, typ string, ep core.Endpoint, args ...string) *Python {
	t.Helper()
	return StartPython(t, "peer", append([]string{"--type", typ, "--port", strconv.Itoa(int(ep.Port))}, args...)...)
}
