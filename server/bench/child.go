package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Child is a process that this one has started to measure it.
type Child struct {
	URL string // of its WebSocket
	PID int

	cmd     *exec.Cmd
	end     context.CancelFunc
	drained chan struct{} // closed when it says nothing any more
}

// Start starts a program that prints a line with "WebSocket" and its URL when it is ready. What it says of errors goes to
// stderr. It ends with ctx, or by Stop.
func Start(ctx context.Context, stderr io.Writer, program string, args ...string) (*Child, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stderr = stderr
	dieWithParent(cmd)
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	c := &Child{PID: cmd.Process.Pid, cmd: cmd, end: cancel, drained: make(chan struct{})}
	ready := make(chan string, 1)
	go c.listen(stdout, ready)
	select {
	case c.URL = <-ready:
	case <-time.After(patience):
	case <-ctx.Done():
	}
	if c.URL == "" {
		c.Stop()
		return nil, errors.Join(context.Cause(ctx), fmt.Errorf("%s does not start", program))
	}
	return c, nil
}

// listen reads what the child prints, until its end.
func (c *Child) listen(stdout io.Reader, ready chan<- string) {
	defer close(c.drained)
	defer close(ready)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) == 2 && fields[0] == "WebSocket" {
			select {
			case ready <- fields[1]:
			default: // it was said already
			}
		}
	}
}

// Stop ends the child, and waits until it has ended: first it is asked to, five seconds later it has to.
func (c *Child) Stop() {
	c.end()
	<-c.drained
	c.cmd.Wait() // that it was interrupted is no news
}
