//go:build long && linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// zwb and cluster are the binaries, built for the tests.
var zwb, cluster string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "zwb-cluster-test")
	if err != nil {
		log.Fatal(err)
	}
	zwb, cluster = filepath.Join(folder, "zwb"), filepath.Join(folder, "cluster")
	for binary, of := range map[string]string{zwb: "../../server/cmd/zwb", cluster: "."} {
		if out, err := exec.Command("go", "build", "-o", binary, of).CombinedOutput(); err != nil {
			log.Fatalf("%v: %s", err, out)
		}
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// running is the program, as somebody has it in a terminal.
type running struct {
	machines
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	typed io.WriteCloser

	mu   sync.Mutex
	said []string // lines
}

// start starts it, and waits until it says what to try. It is ended with the test.
func start(t *testing.T) *running {
	t.Helper()
	r := &running{t: t, dir: t.TempDir(), machines: machines{fmt.Sprintf("127.%d.%d", 1+rand.IntN(250), rand.IntN(250))}}
	r.cmd = exec.Command(cluster, "-zwb", zwb, "-dir", r.dir, "-net", r.network)
	output, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stderr = r.cmd.Stdout
	if r.typed, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go r.read(output) // ends with the program
	t.Cleanup(r.end)
	wait.For(t, "everything to run", func() bool { return r.hasSaid("Ctrl-C ends it all.") })
	return r
}

func (r *running) read(output io.Reader) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		r.mu.Lock()
		r.said = append(r.said, lines.Text())
		r.mu.Unlock()
	}
}

func (r *running) hasSaid(line string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, said := range r.said {
		if strings.Contains(said, line) {
			return true
		}
	}
	return false
}

// do types a command, and waits until it was done.
func (r *running) do(command string) {
	r.t.Helper()
	r.mu.Lock()
	r.said = nil
	r.mu.Unlock()
	r.t.Log(command)
	fmt.Fprintln(r.typed, command)
	wait.For(r.t, command, func() bool { return r.hasSaid(command + ": done") })
}

// restart starts something that was ended, or is about to end, and waits until HAProxy has noticed where that matters.
func (r *running) restart(name string, ready string) {
	r.t.Helper()
	wait.For(r.t, name+" to end", func() bool { return regexp.MustCompile(name + ` +does not run`).MatchString(r.list()) })
	r.do("start " + name)
	wait.For(r.t, name+" to be ready", answers(ready))
	time.Sleep(1500 * time.Millisecond) // it is asked every half second, and has to be there twice
}

var pid = regexp.MustCompile(`runs as process (\d+)`)

// list is what the program shows of its parts.
func (r *running) list() string {
	r.t.Helper()
	r.mu.Lock()
	r.said = nil
	r.mu.Unlock()
	fmt.Fprintln(r.typed, "list")
	wait.For(r.t, "the list", func() bool { return r.hasSaid("  jobs ") })
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.said, "\n")
}

// pids are those of all parts that run.
func (r *running) pids() (all []int) {
	r.t.Helper()
	for _, match := range pid.FindAllStringSubmatch(r.list(), -1) {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// end ends the program as Ctrl-C does, if it runs.
func (r *running) end() {
	if r.cmd.ProcessState != nil {
		return
	}
	r.cmd.Process.Signal(os.Interrupt)
	late := time.AfterFunc(30*time.Second, func() { r.cmd.Process.Kill() })
	defer late.Stop()
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("the program ends with %v", err)
	}
	if r.t.Failed() {
		r.t.Logf("it says:\n%s", strings.Join(r.said, "\n"))
		for _, log := range []string{"bridge-1", "bridge-2", "bridge-3", "jobs", "desks", "proxy"} {
			text, _ := os.ReadFile(filepath.Join(r.dir, log+".log"))
			r.t.Logf("%s says:\n%s", log, text[max(0, len(text)-3000):])
		}
	}
}

// isAlive tells whether a process is there.
func isAlive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// logOf is what a part has said.
func (r *running) logOf(name string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, name+".log"))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// TestEndsCleanly: after Ctrl-C no process is left, also of those that stand still.
func TestEndsCleanly(t *testing.T) {
	r := start(t)
	all := r.pids()
	if len(all) != 11 {
		t.Errorf("%d processes run", len(all))
	}
	r.do("stop bridge 3")
	r.do("kill nats 2")
	r.end()
	for _, pid := range all {
		if isAlive(pid) {
			t.Errorf("process %d is left", pid)
		}
	}
}

// TestDiesWhole: when the program is killed, its processes are, too.
func TestDiesWhole(t *testing.T) {
	r := start(t)
	all := r.pids()
	r.cmd.Process.Kill()
	r.cmd.Wait() // it was killed
	for _, pid := range all {
		wait.For(t, fmt.Sprintf("process %d to end", pid), func() bool { return !isAlive(pid) })
	}
}
