package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// process is a program that is started, and started again after it was ended. All it says goes into a file.
type process struct {
	name    string // as it is called in commands
	command []string
	dir     string
	env     []string
	log     string        // file
	ready   func() bool   // nil: at once
	grace   time.Duration // how long it may take to end by itself

	mu      sync.Mutex
	running *exec.Cmd     // nil: it does not run
	ended   chan struct{} // closed when running has ended
	meant   bool          // somebody wants it to end
	notice  func(string)  // is told when it ends though nobody wants that
}

// start starts it, if it does not run.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		return fmt.Errorf("%s runs already", p.name)
	}
	output, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer output.Close() // the process has its own
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = p.dir, append(os.Environ(), p.env...), output, output, apart()
	if err := cmd.Start(); err != nil {
		return err
	}
	p.running, p.ended, p.meant = cmd, make(chan struct{}), false
	go p.wait(cmd, p.ended) // ends with the process
	return nil
}

func (p *process) wait(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	p.mu.Lock()
	p.running = nil
	meant := p.meant
	p.mu.Unlock()
	close(ended)
	if !meant {
		p.notice(fmt.Sprintf("%s has ended (%v); %s says why", p.name, err, p.log))
	}
}

// signal sends it a signal. end says that it ends of it.
func (p *process) signal(s os.Signal, end bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return fmt.Errorf("%s does not run", p.name)
	}
	p.meant = p.meant || end
	return p.running.Process.Signal(s)
}

// awaitReady waits until it is ready, or has ended.
func (p *process) awaitReady(ctx context.Context, patience time.Duration) error {
	if p.ready == nil {
		return nil
	}
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	late, again := time.NewTimer(patience), time.NewTicker(50*time.Millisecond)
	defer late.Stop()
	defer again.Stop()
	for !p.ready() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended:
			return fmt.Errorf("%s has ended; %s says why", p.name, p.log)
		case <-late.C:
			return fmt.Errorf("%s is not ready after %v; %s may say why", p.name, patience, p.log)
		case <-again.C:
		}
	}
	return nil
}

// end ends it, if it runs: in time, or else at once.
func (p *process) end(s os.Signal) {
	p.mu.Lock()
	cmd, ended := p.running, p.ended
	p.meant = true
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	cmd.Process.Signal(s)
	proceed(cmd.Process) // one that stands still does not hear anything
	late := time.NewTimer(p.grace)
	defer late.Stop()
	select {
	case <-ended:
	case <-late.C:
		cmd.Process.Kill()
		<-ended
	}
}

// pid is that of the process; 0: it does not run.
func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Process.Pid
}

// gently is how programs are asked to end that finish what they are at.
const gently = syscall.SIGTERM
