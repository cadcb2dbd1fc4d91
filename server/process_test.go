package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

const python = "/usr/bin/python3" // Debian's, which has python3-zmq; another may stand first in PATH

// process is a Python program with a libzmq socket. It is told what to do, and says what it has to say, in lines of JSON.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	stdin    io.WriteCloser
	lines    chan string
	patience time.Duration // with it
	port     int
}

// start runs a program and waits for its first line, which may say at which port it listens.
func start(t *testing.T, patience time.Duration, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(python, args...), lines: make(chan string, 1000), patience: patience}
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
	// Ended by the end of the process.
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

func (p *process) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", p.port) }

// kill ends the process the hard way; a second call does nothing.
func (p *process) kill() {
	if p.cmd.ProcessState != nil {
		return
	}
	p.cmd.Process.Kill()
	for range p.lines {
	}
	p.cmd.Wait()
}

// line is the next line the process prints.
func (p *process) line() string {
	p.t.Helper()
	select {
	case line, ok := <-p.lines:
		if !ok {
			p.t.Fatal("the backend ended")
		}
		return line
	case <-time.After(p.patience):
		p.t.Fatal("the backend says nothing")
	}
	return ""
}

// write hands the process a line.
func (p *process) write(what any) {
	p.t.Helper()
	b, err := json.Marshal(what)
	if err == nil {
		_, err = fmt.Fprintf(p.stdin, "%s\n", b)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
