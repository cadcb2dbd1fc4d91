//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

const reloadPatience = 20 * time.Second

// reloading is a bridge with a file, which a test writes anew.
type reloading struct {
	t     *testing.T
	file  string
	admin string
}

func (r *reloading) write(text string) {
	r.t.Helper()
	if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// reload has the bridge read the file, and waits until that has been counted.
func (r *reloading) reload(result string) {
	r.t.Helper()
	before := r.reloads(result)
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		r.t.Fatal(err)
	}
	r.await(result, before)
}

// await waits until a reload was counted.
func (r *reloading) await(result, before string) {
	r.t.Helper()
	wait.For(r.t, "a reload to be "+result, func() bool { return r.reloads(result) != before })
}

// reloads is the line of the metrics that says how many were taken, or refused.
func (r *reloading) reloads(result string) string {
	r.t.Helper()
	for line := range strings.Lines(r.get("metrics")) {
		if strings.HasPrefix(line, "zwb_reloads_total") && strings.Contains(line, result) {
			return line
		}
	}
	r.t.Fatalf("the metrics do not count reloads that are %s", result)
	return ""
}

func (r *reloading) get(path string) string {
	r.t.Helper()
	resp, err := http.Get(r.admin + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

func (r *reloading) ask(ctx context.Context, req *zmq.Socket) error {
	ctx, cancel := context.WithTimeout(ctx, reloadPatience)
	defer cancel()
	_, err := req.Request(ctx, []byte("hello"))
	return err
}

// TestReload: a file with a mistake changes nothing; what is not allowed any more is denied; and names lead where the file says.
func TestReload(t *testing.T) {
	answerer, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer answerer.Close()
	at := answerer.Endpoint()
	r := &reloading{t: t, file: filepath.Join(t.TempDir(), "zwb.yaml"), admin: "http://" + unused.Address(t) + "/"}
	both := fmt.Sprintf("endpoints:\n  echo: {type: REQ, address: %[1]q}\n  other: {type: REQ, address: %[1]q}\n", at)
	r.write(both)
	url := startServe(t, "--config", r.file, "--admin", strings.TrimSuffix(strings.TrimPrefix(r.admin, "http://"), "/"))
	bridge, err := zmq.Dial(t.Context(), url, zmq.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer bridge.Close()
	echo, other := bridge.Socket(zmq.REQ), bridge.Socket(zmq.REQ)
	for name, socket := range map[string]*zmq.Socket{"echo": echo, "other": other} {
		if err := socket.Connect(name, nil); err != nil {
			t.Fatal(err)
		}
		if err := r.ask(t.Context(), socket); err != nil {
			t.Fatal(name, err)
		}
	}

	r.write(both + "nonsense: true\n")
	r.reload("refused")
	if note := r.get("readyz"); !strings.Contains(note, `unknown key "nonsense"`) {
		t.Errorf("it is ready, and says %s", note)
	}
	if err := r.ask(t.Context(), echo); err != nil {
		t.Errorf("after a reload of a file with a mistake: %v", err)
	}

	r.write(fmt.Sprintf("endpoints:\n  other: {type: REQ, address: %q}\n", at))
	r.reload("taken")
	if err := r.ask(t.Context(), echo); core.CodeOf(err) != core.Denied {
		t.Errorf("what is not in the file any more: %v", err)
	}
	if err := r.ask(t.Context(), other); err != nil {
		t.Errorf("what still is: %v", err)
	}
	if note := r.get("readyz"); strings.Contains(note, "nonsense") {
		t.Errorf("after a file without a mistake it says %s", note)
	}
}
