//go:build long

package server

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestPageGoesToTheNextBridge is TestSessionsGoToTheNextBridge for a client in JavaScript.
func TestPageGoesToTheNextBridge(t *testing.T) {
	backends := start(t, patience, "testdata/ledger.py")
	var at map[string]string
	if err := json.Unmarshal([]byte(backends.line()), &at); err != nil {
		t.Fatal(err)
	}
	depot := &shelf{}
	r := startRow(t, func(int) Config { return Config{Depot: depot} })
	module, err := filepath.Abs("../js/dist/index.node.mjs")
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "--experimental-websocket", "--no-warnings", "testdata/page.mjs", module, r.url, at["echo"], at["pull"])
	node.Stderr = os.Stderr
	stdin, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	defer node.Wait()
	defer node.Process.Kill()
	lines := bufio.NewScanner(stdout)
	type told struct {
		Event         string
		Asked, Pushed int
		Failed        []string
	}
	next := func(want string) (said told) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the page has ended: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil || said.Event != want {
			t.Fatalf("the page says %s, want %s", lines.Text(), want)
		}
		return said
	}
	next("begun")
	for range handOvers {
		time.Sleep(300 * time.Millisecond)
		r.next()
		next("resumed")
	}
	time.Sleep(300 * time.Millisecond)
	if _, err := stdin.Write([]byte("stop\n")); err != nil {
		t.Fatal(err)
	}
	page := next("done")
	backends.write("stop")
	var s said
	if err := json.Unmarshal([]byte(backends.line()), &s); err != nil {
		t.Fatal(err)
	}
	if len(page.Failed) > 0 || len(s.Repeated) > 0 || page.Asked < 100 {
		t.Errorf("of %d requests failed %v; asked twice: %v", page.Asked, page.Failed, s.Repeated)
	}
	if len(s.Pulled) != page.Pushed {
		t.Errorf("%d of %d messages have come", len(s.Pulled), page.Pushed)
	}
	for i, n := range s.Pulled {
		if n != i+1 {
			t.Fatalf("place %d has %d", i+1, n)
		}
	}
}
