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
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// attackedMemory is what a bridge may hold here; it is not much, so that the test does no harm.
const attackedMemory = 256 * mebibyte

// quietTime is how long a bridge may take, once it is left alone, until it has hardly more memory than it holds.
const quietTime = time.Minute

// TestResidentMemoryUnderAttack: whatever clients do, the process stays below --memory and 30 %, and soon after it has hardly
// more than what is on the account. Each attack is on a process of its own, which is looked at once more in the end.
func TestResidentMemoryUnderAttack(t *testing.T) {
	spared, victims := startVictim(t), map[string]*victim{}
	for _, a := range attacks {
		v := startVictim(t)
		victims[a.name] = v
		t.Run(a.name, func(t *testing.T) {
			v.began = time.Now()
			a.attack(t, v)
			time.Sleep(attackTakesEffect)
			v.leave()
			v.left = time.Now()
			if v.peak = v.resident("VmHWM"); v.peak > attackedMemory*13/10 {
				t.Errorf("the process had %d MiB, of which %d may be held", v.peak/mebibyte, attackedMemory/mebibyte)
			}
		})
	}
	for name, v := range victims {
		var r remains
		for r = v.remains(spared); r.excess() > slack && time.Since(v.left) < quietTime; r = v.remains(spared) {
			time.Sleep(time.Second) // another process is waited for
		}
		t.Logf("%-45s at most %3d MiB; %2.0f s later %s", name, v.peak/mebibyte, time.Since(v.left).Seconds(), r)
		if r.excess() > slack {
			t.Errorf("%s: the process has still more than it may: %s", name, r)
		}
		if books := r.books - r.atRest.books; books > fewBooks+v.peak*maxBooks/100 {
			t.Errorf("%s: the runtime keeps %.1f MiB of books", name, float64(books)/mebibyte)
		}
	}
}

// attackTakesEffect is how long attackers stay when they have sent all.
const attackTakesEffect = 500 * time.Millisecond

// slack is what a process may have besides: its code that was not used before, and stacks, and places in the heap that are not
// full.
const slack = 6 * mebibyte

// Go's allocator keeps its books for good. For every 8 KiB of small things that there once were it has 160 bytes for the place, and
// as much for marks of what is in there; it was never seen to be more than 3 % of the peak.
const (
	fewBooks = 2 * mebibyte
	maxBooks = 3
)

// remains is what a process has.
type remains struct {
	resident, held, books int
	atRest                struct{ resident, books int } // of a process that was not attacked
}

func (v *victim) remains(spared *victim) (r remains) {
	r.resident, r.held, r.books = v.resident("VmRSS"), int(v.held.Load()), int(v.books.Load())
	r.atRest.resident, r.atRest.books = spared.resident("VmRSS"), int(spared.books.Load())
	return r
}

// excess is what there is beyond what is held and what cannot be given back.
func (r remains) excess() int {
	return r.resident - r.atRest.resident - (r.books - r.atRest.books) - r.held*13/10
}

func (r remains) String() string {
	in := func(bytes int) float64 { return float64(bytes) / mebibyte }
	return fmt.Sprintf("%5.1f MiB: without an attack %.1f, for clients %.1f, more books %.1f, and %.1f", in(r.resident), in(r.atRest.resident),
		in(r.held), in(r.books-r.atRest.books), in(r.excess()))
}

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
