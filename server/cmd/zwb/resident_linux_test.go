package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// victim is a bridge in a process of its own.
type victim struct {
	t       *testing.T
	process *os.Process
	address string
	began   time.Time     // the attack
	conns   chan net.Conn // of the attackers
	account atomic.Int64  // what the bridge said last that it holds
}

// attackedMemory is what the bridge may hold; it is not much, so that the test does no harm.
const attackedMemory = 128 * mebibyte

// TestResidentMemoryUnderAttack: whatever clients do, the process stays below --memory and 30 %, and soon after it has hardly
// more than what is on the account.
func TestResidentMemoryUnderAttack(t *testing.T) {
	binary := buildBridge(t)
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			v := startVictim(t, binary)
			idle := v.status("VmRSS")
			v.began = time.Now()
			attack(t, v)
			v.leave()
			peak, account := v.status("VmHWM"), int(v.account.Load())
			begun := time.Now()
			end := quietTime
			if s := os.Getenv("QUIET"); s != "" {
				end, _ = time.ParseDuration(s)
			}
			time.Sleep(end - time.Since(begun))
			after, left := v.status("VmRSS"), int(v.account.Load())
			fmt.Printf("ROW %s | idle %d | peak %d | account %d | later %d | account then %d\n", name, idle>>20, peak>>20, account>>20, after>>20, left>>20)
			if peak > attackedMemory*13/10 {
				t.Errorf("the process had %d MiB", peak>>20)
			}
			if after > idle+left*13/10 {
				t.Errorf("the process has still %d MiB, it began with %d, and %d MiB are held", after>>20, idle>>20, left>>20)
			}
		})
	}
}

const quietTime = 60 * time.Second

// buildBridge builds the binary: this test is not to measure what the race detector needs.
func buildBridge(t *testing.T) (file string) {
	t.Helper()
	if f := os.Getenv("ZWB"); f != "" {
		return f
	}
	file = filepath.Join(t.TempDir(), "zwb")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return file
}

func startVictim(t *testing.T, file string) *victim {
	t.Helper()
	v := &victim{t: t, conns: make(chan net.Conn, 100_000)}
	cmd := exec.Command(file, "serve", "--listen", "127.0.0.1:0", "--memory", strconv.Itoa(attackedMemory>>20)+"MiB", "--drain", "0",
		"--allow", "* tcp://127.0.0.1:*", "--allow", "bind * tcp://127.0.0.1:*", "--log-level", "debug")
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
	told := make(chan struct{})
	t.Cleanup(func() {
		v.leave()
		v.process.Signal(syscall.SIGTERM)
		<-told
		cmd.Wait()
	})
	go func() { // ends with the process
		defer close(told)
		held := regexp.MustCompile(`msg=memory held=(\d+)`)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if os.Getenv("SHOW") != "" && strings.Contains(lines.Text(), os.Getenv("SHOW")) {
				fmt.Println(lines.Text())
			}
			if found := held.FindStringSubmatch(lines.Text()); found != nil {
				bytes, _ := strconv.ParseInt(found[1], 10, 64)
				v.account.Store(bytes)
			}
		}
	}()
	lines := bufio.NewScanner(stdout)
	for v.address == "" && lines.Scan() {
		if _, after, found := strings.Cut(lines.Text(), "console    http://"); found {
			v.address = strings.TrimSuffix(after, "/")
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	time.Sleep(3 * time.Second)
	return v
}

// attacked is for how long it has been attacked.
func (v *victim) attacked() time.Duration { return time.Since(v.began) }

// leave ends the connections of all attackers.
func (v *victim) leave() {
	for {
		select {
		case conn := <-v.conns:
			conn.Close()
		default:
			return
		}
	}
}

// status is a line of /proc/PID/status, in bytes.
func (v *victim) status(name string) int {
	v.t.Helper()
	lines, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.process.Pid))
	if err != nil {
		v.t.Fatal("the bridge has gone: ", err)
	}
	found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(lines)
	kibibytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		v.t.Fatal(err)
	}
	return kibibytes << 10
}
