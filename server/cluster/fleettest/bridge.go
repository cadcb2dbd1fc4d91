package fleettest

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Program is a zwb, and what all of its processes are told.
type Program struct {
	Path     string
	Drain    string // how long clients have to leave when it gets SIGTERM
	LogLevel string // from where on it writes what it does
}

// Bridge is a running zwb.
type Bridge struct {
	File    string // its configuration
	URL     string // of its site, without a / at the end
	command *exec.Cmd
	said    said
	ended   bool
}

// said is what a process has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// Start runs zwb at an address until the end of the test.
func (p Program) Start(t testing.TB, address, text string) *Bridge {
	t.Helper()
	b := &Bridge{File: filepath.Join(t.TempDir(), "zwb.yaml")}
	if err := os.WriteFile(b.File, []byte("listen: "+address+"\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.command = exec.Command(p.Path, "serve", "--config", b.File, "--drain", p.Drain, "--log-level", p.LogLevel)
	b.command.Stderr = &b.said
	stdout, err := b.command.StdoutPipe()
	if err == nil {
		err = b.command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the bridge says:\n%.4000s", b.said.String())
		}
		b.End(syscall.SIGKILL) // which one that stands still hears, too
	})
	for lines := bufio.NewScanner(stdout); b.URL == "" && lines.Scan(); {
		if _, address, found := strings.Cut(lines.Text(), "WebSocket  ws://"); found {
			b.URL = "http://" + strings.TrimSuffix(address, "/data")
		}
	}
	if b.URL == "" {
		t.Fatalf("it does not say where it is: %s", b.said.String())
	}
	go io.Copy(io.Discard, stdout) // ends with the process
	return b
}

// PID is that of the process.
func (b *Bridge) PID() int { return b.command.Process.Pid }

// End ends the process by a signal, and waits until it is gone, if it has not ended yet.
func (b *Bridge) End(s syscall.Signal) {
	if b.ended {
		return
	}
	b.ended = true
	b.command.Process.Signal(s)
	b.command.Wait()
}
