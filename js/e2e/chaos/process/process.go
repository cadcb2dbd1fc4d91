package process

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

// Patience is how long a step of this program itself may take, such as the start of a child process.
const Patience = 20 * time.Second

// process is a child process. One can wait for the lines that it prints. It dies when this process dies.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines chan string   // lines that were printed; more than a thousand that nobody has taken are dropped
	ended chan struct{} // closed when the process is gone
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
	// This ends with the child, and then closes ended.
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

// await waits for a line that begins with prefix, and returns the rest of that line.
func (p *process) await(prefix string) (string, error) {
	deadline := time.After(Patience)
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

// Kill ends the child with SIGKILL, as the kernel does when memory runs out, and waits until it is gone. It does nothing if
// the child was never started.
func (p *process) Kill() {
	if p == nil {
		return
	}
	p.cmd.Process.Kill()
	<-p.ended
}

// terminate asks the child to end, with SIGTERM.
func (p *process) terminate() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// peakRSS is the most memory that the child has used, in bytes; 0 if it is gone.
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
