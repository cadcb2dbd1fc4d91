package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// counted is a publisher in a process of its own that counts and loses, see testdata/counted.py.
type counted struct {
	t           *testing.T
	role        string
	cmd         *exec.Cmd
	in          io.WriteCloser
	out         *bufio.Reader
	pub, replay int // ports
}

func startCounted(t *testing.T, role string, ports ...int) *counted {
	t.Helper()
	args := []string{"testdata/counted.py", role}
	for _, port := range ports {
		args = append(args, fmt.Sprint(port))
	}
	c := &counted{t: t, role: role, cmd: exec.Command("/usr/bin/python3", args...)}
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	out, outErr := c.cmd.StdoutPipe()
	if err := errors.Join(err, outErr, c.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	c.in, c.out = in, bufio.NewReader(out)
	t.Cleanup(c.kill)
	if _, err := fmt.Sscan(c.line(), &c.pub, &c.replay); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *counted) kill() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

func (c *counted) line() string {
	c.t.Helper()
	line, err := c.out.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the publisher says %q: %v", line, err)
	}
	return strings.TrimSpace(line)
}

func (c *counted) tell(command map[string]any) {
	c.t.Helper()
	text, err := json.Marshal(command)
	if err == nil {
		_, err = fmt.Fprintf(c.in, "%s\n", text)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	if line := c.line(); line != "done" {
		c.t.Fatalf("the publisher says %q", line)
	}
}

// says has numbers published, of a topic with bitcoind; "lost" and "gone" are for vllm.
func (c *counted) says(what string, numbers ...int) {
	c.t.Helper()
	for _, n := range numbers {
		c.tell(map[string]any{"seq": n, "topic": what, what: true})
	}
}

// follower is a client that hears what comes of an endpoint.
type follower struct {
	t   *testing.T
	ctx context.Context
	sub *zmq.Socket
}

// follow subscribes at "feed", through a bridge with this endpoint.
func follow(t *testing.T, endpoint string, prefixes ...string) *follower {
	t.Helper()
	file := filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(file, []byte("users: [anonymous: {}]\nendpoints:\n  feed: "+endpoint+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := zwb(t, "check", file); status != 0 {
		t.Fatalf("check: %d, %s", status, said)
	}
	url := startServe(t, "--config", file)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	bridge, err := zmq.Dial(ctx, url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bridge.Close() })
	f := &follower{t, ctx, bridge.Socket(zmq.SUB)}
	for _, prefix := range prefixes {
		if err := f.sub.Subscribe(prefix); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.sub.Connect("feed", nil), f.sub.Ready(ctx)); err != nil {
		t.Fatal(err)
	}
	return f
}

// hears waits for messages and gaps, as in "hashblock5 (3 lost)".
func (f *follower) hears(want string) {
	f.t.Helper()
	var heard []string
	for strings.Join(heard, " ") != want {
		m, err := f.sub.Recv(f.ctx)
		var gap *zmq.GapError
		switch {
		case errors.As(err, &gap):
			heard = append(heard, fmt.Sprintf("(%d %s)", gap.Missed, gap.Code))
		case err != nil:
			f.t.Fatalf("after %q: %v", heard, err)
		default:
			heard = append(heard, describe(m))
		}
		if got := strings.Join(heard, " "); !strings.HasPrefix(want, got) {
			f.t.Fatalf("heard %q, want %q", got, want)
		}
	}
}

// describe is topic and number of a message, if it is one of these publishers'.
func describe(m zmq.Message) string {
	switch {
	case len(m) == 3 && len(m[2]) == 4:
		return fmt.Sprintf("%s%d", m[0], binary.LittleEndian.Uint32(m[2]))
	case len(m) == 3 && len(m[1]) == 8 && string(m[2]) == string(batch(binary.BigEndian.Uint64(m[1]))):
		return fmt.Sprintf("%s%d", m[0], binary.BigEndian.Uint64(m[1]))
	}
	return fmt.Sprintf("%q", m)
}

// batch is what counted.py sends with a number.
func batch(seq uint64) []byte {
	b := binary.BigEndian.AppendUint64([]byte{0x93, 0xcb}, math.Float64bits(float64(seq)))
	return append(b, 0x90, 0xc0)
}

// TestBitcoindCount: what it loses of one topic is told to those who hear of it, with the number, whatever it says of others.
func TestBitcoindCount(t *testing.T) {
	pub := startCounted(t, "bitcoind")
	f := follow(t, fmt.Sprintf("{type: SUB, address: tcp://127.0.0.1:%d, sequence: {part: 2, format: u32le, per: topic}}", pub.pub), "hash")
	pub.says("hashblock", 0, 1)
	pub.says("hashtx", 7, 8, 12)
	pub.says("hashblock", 2, 2, 5)
	f.hears("hashblock0 hashblock1 hashtx7 hashtx8 (3 lost) hashtx12 hashblock2 (2 lost) hashblock5")
	pub = f.sees(pub)
	pub.says("hashblock", 0)
	pub.says("hashtx", 13)
	f.hears("(0 unavailable) (0 lost) hashblock0 hashtx13")
}

// sees has another publisher started where one was, and the bridge notice both.
func (f *follower) sees(old *counted) *counted {
	f.t.Helper()
	old.kill()
	for away := false; !away; {
		ctx, cancel := context.WithTimeout(f.ctx, 50*time.Millisecond)
		away = f.sub.Ready(ctx) != nil
		cancel()
	}
	again := startCounted(f.t, old.role, old.pub, old.replay)
	if err := f.sub.Ready(f.ctx); err != nil {
		f.t.Fatal(err)
	}
	return again
}

// vllm is an endpoint whose publisher is asked for what is missing.
func (c *counted) vllm() string {
	return fmt.Sprintf("{type: SUB, address: tcp://127.0.0.1:%d, sequence: {part: 1, format: u64be}, replay: {address: tcp://127.0.0.1:%d, request: u64be}}", c.pub, c.replay)
}

// TestReplay: what is missing and the publisher has is handed out in its place; what it has not is a gap with its number.
func TestReplay(t *testing.T) {
	pub := startCounted(t, "vllm")
	f := follow(t, pub.vllm(), "")
	pub.says("sent", 0, 1)
	f.hears("kv-events0 kv-events1")
	pub.says("lost", 2, 3, 4)
	pub.says("sent", 5, 6)
	f.hears("kv-events2 kv-events3 kv-events4 kv-events5 kv-events6")
	pub.says("gone", 7, 8)
	pub.says("lost", 9)
	pub.says("gone", 10)
	pub.says("lost", 11)
	pub.says("gone", 12)
	pub.says("sent", 13, 14)
	f.hears("(2 lost) kv-events9 (1 lost) kv-events11 (1 lost) kv-events13 kv-events14")
	pub.says("lost", 15)
	pub.says("sent", 16)
	pub.says("lost", 17)
	pub.says("sent", 18)
	f.hears("kv-events15 kv-events16 kv-events17 kv-events18")
}

// TestReplayAcrossReconnect: so is what was said while the bridge could not hear it. One that begins anew is no such case.
func TestReplayAcrossReconnect(t *testing.T) {
	pub := startCounted(t, "vllm")
	f := follow(t, pub.vllm(), "")
	pub.says("sent", 0, 1)
	f.hears("kv-events0 kv-events1")
	pub = f.sees(pub)
	pub.says("lost", 2, 3)
	pub.says("sent", 4)
	f.hears("kv-events2 kv-events3 kv-events4")
	pub = f.sees(pub)
	pub.says("sent", 0, 1)
	f.hears("(0 lost) kv-events0 kv-events1")
}

// TestReplayThatSaysNothing: newer messages wait for it in vain, for a while; then nobody is asked for a while.
func TestReplayThatSaysNothing(t *testing.T) {
	pub := startCounted(t, "vllm")
	f := follow(t, pub.vllm(), "")
	pub.says("sent", 0)
	pub.tell(map[string]any{"mute": true})
	pub.says("lost", 1, 2)
	pub.says("sent", 3, 4)
	f.hears("kv-events0 (2 lost) kv-events3 kv-events4")
	begun := time.Now()
	pub.says("lost", 5)
	pub.says("sent", 6)
	f.hears("(1 lost) kv-events6")
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("it was asked again: %v", took)
	}
}
