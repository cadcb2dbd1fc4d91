//go:build long && unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// startBinary builds zwb and runs it until the test ends. It returns the address of the WebSocket.
func startBinary(t *testing.T, args ...string) (process *os.Process, url string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "zwb")
	if out, err := exec.Command("go", "build", "-o", file, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.Command(file, append([]string{"serve", "--listen", "127.0.0.1:0", "--drain", "0", "--log-level", "error"}, args...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for found := false; !found && lines.Scan(); {
		_, url, found = strings.Cut(lines.Text(), "WebSocket  ")
	}
	go io.Copy(io.Discard, stdout) // ends with the process
	return cmd.Process, url
}

// TestReloadUnderLoad: a hundred times the binary is told to read its file anew, which is another one every time, while it is
// busy. Nothing is lost, and nobody is disconnected.
func TestReloadUnderLoad(t *testing.T) {
	publisher, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer publisher.Close()
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	dir := t.TempDir()
	r := &reloading{t: t, file: filepath.Join(dir, "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	if err := os.WriteFile(filepath.Join(dir, "tokens.yaml"), []byte(hashed("a-token")+": {user: ann, claims: {desk: fx}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rewrite := func(i int) {
		r.write(fmt.Sprintf("zmq: {hwm: 100000}\nusers:\n  - tokens: {file: tokens.yaml}\nendpoints:\n"+
			"  feed: {type: SUB, address: %q, allow: \"claims.desk == 'fx' && %d >= 0\"}\n  calc: {type: REQ, address: %q, timeout: %ds}\n  another%d: {type: SUB, address: 'tcp://127.0.0.1:1'}\n",
			publisher.Endpoint(), i, echo.Endpoint(), 60+i%2, i))
	}
	rewrite(0)
	process, url := startBinary(t, "--config", r.file, "--admin", strings.Trim(r.admin, "htp:/"))
	ctx, cancel := context.WithTimeout(t.Context(), 4*reloadPatience)
	defer cancel()
	dial := func() *zmq.Context {
		c, err := zmq.Dial(ctx, url, zmq.Options{Credentials: map[string]string{"token": "a-token"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	sub, req := dial().Socket(zmq.SUB), dial().Socket(zmq.REQ)
	if err := sub.Connect("feed", nil); err != nil {
		t.Fatal(err)
	}
	if err := sub.Subscribe(""); err != nil {
		t.Fatal(err)
	}
	if err := sub.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if err := req.Connect("calc", nil); err != nil {
		t.Fatal(err)
	}

	done := make(chan struct{}) // closed when it has been reloaded often enough
	said, heard, answered := make(chan int, 1), make(chan error, 1), make(chan error, 1)
	go func() { said <- publishNumbers(publisher, done) }()
	last := make(chan int, 1)
	go func() { heard <- hearNumbers(ctx, sub, last) }()
	requests := 0
	go func() { answered <- askOn(ctx, req, &requests, done) }()
	begun := time.Now()
	for i := range 100 {
		rewrite(i + 1)
		before := r.reloads("taken")
		if err := process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		r.await("taken", before)
	}
	took := time.Since(begun)
	close(done)
	n := <-said
	last <- n
	if err := <-heard; err != nil {
		t.Errorf("the stream: %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the requests: %v", err)
	}
	t.Logf("100 reloads in %v, %d messages, %d requests", took.Round(time.Millisecond), n, requests)
	metrics := r.get("metrics")
	for _, want := range []string{"zwb_connections_total 2\n", "zwb_sessions_dismissed_total 0\n", "zwb_withdrawn_total 0\n", "zwb_sessions_resumed_total 0\n"} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("the metrics do not say %s", want)
		}
	}
}

// publishNumbers sends numbers until it is done, and returns how many.
func publishNumbers(p *backend.Publisher, done <-chan struct{}) (n int) {
	for beat := time.NewTicker(2 * time.Millisecond); ; n += 10 {
		select {
		case <-beat.C:
		case <-done:
			beat.Stop()
			return n
		}
		for i := range 10 {
			p.Append([]byte(strconv.Itoa(n + i)))
		}
		if p.Flush() != nil {
			return n
		}
	}
}

// hearNumbers receives numbers until it has had as many as last says, one after the other.
func hearNumbers(ctx context.Context, sub *zmq.Socket, last <-chan int) error {
	most := -1
	for n := 0; n != most; n++ {
		next, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		m, err := sub.Recv(next)
		cancel()
		switch {
		case err == nil:
			if got := string(m[0]); got != strconv.Itoa(n) {
				return fmt.Errorf("%s came in the place of %d", got, n)
			}
		case core.CodeOf(err) != core.Timeout || ctx.Err() != nil:
			return fmt.Errorf("after %d of %d: %w", n, most, err)
		default:
			n--
		}
		select {
		case most = <-last:
		default:
		}
	}
	return nil
}

// askOn asks until it is done, and counts.
func askOn(ctx context.Context, req *zmq.Socket, n *int, done <-chan struct{}) error {
	for ; ; *n++ {
		select {
		case <-done:
			return nil
		default:
		}
		if _, err := req.Request(ctx, []byte("hello")); err != nil {
			return fmt.Errorf("after %d: %w", *n, err)
		}
	}
}
