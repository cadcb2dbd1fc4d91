//go:build !js

package zmq_test

import (
	"bufio"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// python3 is Debian's, which has python3-zmq; another may stand first in PATH.
const python3 = "/usr/bin/python3"

// pushScript is a libzmq PUSH that numbers its messages. Argument: how many a second. Nobody being there to take one is
// not a message lost: its number is used again.
const pushScript = `
import sys, time, zmq
rate = float(sys.argv[1])
push = zmq.Context.instance().socket(zmq.PUSH)
push.linger = 0
print(push.bind_to_random_port("tcp://127.0.0.1"), flush=True)
poller = zmq.Poller()
poller.register(sys.stdin.fileno(), zmq.POLLIN)
start, sent = time.monotonic(), 0
while not poller.poll(1):
    due = int((time.monotonic() - start) * rate)
    while sent < due:
        try:
            push.send(b"%d" % (sent + 1), zmq.NOBLOCK)
        except zmq.Again:
            start = time.monotonic() - sent / rate
            break
        sent += 1
print(sent, flush=True)
sys.stdin.read()
`

// pushBackend is a libzmq PUSH in a process of its own, which ends with the test.
type pushBackend struct {
	t     *testing.T
	lines *bufio.Scanner
	stdin interface{ Write([]byte) (int, error) }
	port  uint64
}

func startPush(t *testing.T, rate int) *pushBackend {
	t.Helper()
	cmd := exec.Command(python3, "-c", pushScript, fmt.Sprint(rate))
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	must(t, err)
	in, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	p := &pushBackend{t: t, lines: bufio.NewScanner(out), stdin: in}
	p.port = p.number()
	return p
}

func (p *pushBackend) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", p.port) }

// stop returns the number of the last message.
func (p *pushBackend) stop() uint64 {
	p.t.Helper()
	p.stdin.Write([]byte("stop\n"))
	return p.number()
}

func (p *pushBackend) number() uint64 {
	p.t.Helper()
	if !p.lines.Scan() {
		p.t.Fatal("the PUSH has ended (this test needs python3-zmq)")
	}
	n, err := strconv.ParseUint(strings.TrimSpace(p.lines.Text()), 10, 64)
	must(p.t, err)
	return n
}
