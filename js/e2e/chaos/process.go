package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience is what a step of the harness itself may take, a child's start say.
const patience = 20 * time.Second

// process is a child whose lines can be waited for. It dies with this one.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string   // dropped when nobody has taken the last thousand
	ended chan struct{} // closed when it is gone
}

func startProcess(log io.Writer, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...), lines: make(chan string, 1000), ended: make(chan struct{})}
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	// Ends with the child; ended tells.
	go func() {
		defer close(p.ended)
		defer p.cmd.Wait()
		defer close(p.lines)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			select {
			case p.lines <- lines.Text():
			default:
			}
		}
	}()
	return p, nil
}

// await returns what follows prefix on the first line that has it.
func (p *process) await(prefix string) (string, error) {
	deadline := time.After(patience)
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return "", fmt.Errorf("%s ended without saying %q", p, prefix)
			}
			if _, after, found := strings.Cut(line, prefix); found {
				return after, nil
			}
		case <-deadline:
			return "", fmt.Errorf("%s does not say %q", p, prefix)
		}
	}
}

func (p *process) String() string {
	return fmt.Sprintf("process %d (%s)", p.cmd.Process.Pid, p.cmd.Path)
}

// kill ends the child as the kernel does when it runs out of memory, and waits until it is gone. It may never have begun.
func (p *process) kill() {
	if p == nil {
		return
	}
	p.cmd.Process.Kill()
	<-p.ended
}

// terminate asks the child to end.
func (p *process) terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// peakRSS is the most memory the child has had, in bytes; 0 when it is gone.
func (p *process) peakRSS() (bytes int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if after, found := strings.CutPrefix(line, "VmHWM:"); found {
			fmt.Sscanf(after, "%d kB", &bytes)
		}
	}
	return bytes << 10
}
