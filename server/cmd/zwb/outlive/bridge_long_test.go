//go:build long

package outlive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// zwb is the binary, built without the race detector.
var zwb string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zwb")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	zwb = filepath.Join(dir, "zwb")
	if out, err := exec.Command("go", "build", "-o", zwb, "..").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// logLevel is from where on bridges write what they do.
var logLevel = "debug"

// bridge is a running zwb.
type bridge struct {
	file    string // its configuration
	url     string // of its site, without a / at the end
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

// start runs zwb until the end of the test.
func start(t *testing.T, text string) *bridge {
	t.Helper()
	return startAt(t, "127.0.0.1:0", text, "0")
}

// startAt is start at an address. Clients have so long to move when it gets SIGTERM.
func startAt(t *testing.T, address, text, drain string) *bridge {
	t.Helper()
	b := &bridge{file: filepath.Join(t.TempDir(), "zwb.yaml")}
	if err := os.WriteFile(b.file, []byte("listen: "+address+"\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.command = exec.Command(zwb, "serve", "--config", b.file, "--drain", drain, "--log-level", logLevel)
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
		b.end(syscall.SIGTERM)
	})
	for lines := bufio.NewScanner(stdout); b.url == "" && lines.Scan(); {
		if _, address, found := strings.Cut(lines.Text(), "WebSocket  ws://"); found {
			b.url = "http://" + strings.TrimSuffix(address, "/data")
		}
	}
	if b.url == "" {
		t.Fatalf("it does not say where it is: %s", b.said.String())
	}
	go io.Copy(io.Discard, stdout) // ends with the process
	return b
}

// end ends the process, if it has not ended yet.
func (b *bridge) end(s syscall.Signal) {
	if b.ended {
		return
	}
	b.ended = true
	b.command.Process.Signal(s)
	b.command.Wait()
}
