package attack

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

const mebibyte = 1 << 20

// attackedMemory is what a bridge may hold here; it is not much, so that the test does no harm.
const attackedMemory = 256 * mebibyte

// quietTime is how long a bridge may take, once it is left alone, until it has hardly more memory than it holds.
const quietTime = time.Minute

// victim is a bridge in a process of its own.
type victim struct {
	t       *testing.T
	process *os.Process
	address string
	conns   chan net.Conn // of the attackers

	held, books atomic.Int64 // what the bridge said last that it holds, and that the runtime keeps for its books

	began, left time.Time // the attack
	peak        int       // what the process had
}

// startVictim starts one that lasts as long as the test.
func startVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{t: t, conns: make(chan net.Conn, 100_000)}
	cmd := exec.Command(zwb, "serve", "--listen", "127.0.0.1:0", "--memory", strconv.Itoa(attackedMemory/mebibyte)+"MiB", "--drain", "0",
		"--retain", "5s", "--allow", "* tcp://127.0.0.1:*", "--allow", "bind * tcp://127.0.0.1:*", "--log-level", "debug")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	v.process = cmd.Process
	t.Cleanup(func() {
		v.leave()
		v.process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for v.address == "" && lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "console    http://"); found {
			v.address = strings.TrimSuffix(after, "/")
		}
	}
	go io.Copy(io.Discard, stdout) // ends with the process
	go v.listen(stderr)            // likewise
	return v
}

// dial opens a WebSocket, with headers of so many bytes besides. Nil: it was refused.
func (v *victim) dial(headers int) *intruder.Intruder {
	door := v.door()
	door.Headers = []string{"Cookie: " + strings.Repeat("c", headers)}
	if a, err := door.Knock(); err == nil && a.IsOpen() {
		return a
	}
	return nil
}

// join is dial and Hello.
func (v *victim) join() *intruder.Intruder { return v.door().Join() }

func (v *victim) door() *intruder.Door {
	return &intruder.Door{Address: v.address, Opened: func(conn net.Conn) { v.conns <- conn }}
}

// listen notes what the log says of memory.
func (v *victim) listen(log io.Reader) {
	said := regexp.MustCompile(`msg=memory held=(\d+) .*books=(\d+)`)
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if found := said.FindStringSubmatch(lines.Text()); found != nil {
			held, _ := strconv.ParseInt(found[1], 10, 64)
			books, _ := strconv.ParseInt(found[2], 10, 64)
			v.held.Store(held)
			v.books.Store(books)
		}
	}
}

// attacked is for how long it has been attacked.
func (v *victim) attacked() time.Duration { return time.Since(v.began) }

// leave ends the connections of all attackers.
func (v *victim) leave() {
	for len(v.conns) > 0 {
		(<-v.conns).Close()
	}
}

// resident is a line of /proc/PID/status, in bytes.
func (v *victim) resident(line string) int {
	v.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.process.Pid))
	if err != nil {
		v.t.Fatal("the bridge has gone: ", err)
	}
	found := regexp.MustCompile(line + `:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		v.t.Fatalf("the bridge has gone: %s", status)
	}
	kibibytes, _ := strconv.Atoi(string(found[1]))
	return kibibytes << 10
}

// each runs f so many times at once, and waits.
func each(times int, f func(n int)) {
	var all sync.WaitGroup
	for n := range times {
		all.Go(func() { f(n) })
	}
	all.Wait()
}

func many(times int, f func() core.Frame) (frames []core.Frame) {
	for range times {
		frames = append(frames, f())
	}
	return frames
}
