package server

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// peer is a libzmq socket in a process of its own (gateway/testdata/peer.py).
type peer struct{ *process }

// startPeer starts a peer and waits until it is bound or has begun to connect.
func startPeer(t *testing.T, role string, port int, args ...string) *peer {
	t.Helper()
	args = append([]string{"gateway/testdata/peer.py", role, "--port", strconv.Itoa(port)}, args...)
	p := start(t, patience, args...)
	if p.port == 0 {
		p.port = port
	}
	return &peer{p}
}

// hear is the next message the peer reports.
func (p *peer) hear() (parts []string) {
	p.t.Helper()
	if err := json.Unmarshal([]byte(p.line()), &parts); err != nil {
		p.t.Fatal(err)
	}
	return parts
}

// tell hands the peer a message to send.
func (p *peer) tell(parts ...string) {
	p.t.Helper()
	p.write(parts)
}

// freePort is a port nobody listens on.
func freePort(t *testing.T) int { t.Helper(); return unused.Port(t) }

// TestMain fails the run when it leaves goroutines behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if stacks := leaked(); code == 0 && stacks != "" {
		fmt.Fprintf(os.Stderr, "goroutines were left behind:\n%s\n", stacks)
		code = 1
	}
	os.Exit(code)
}

// leaked waits a while for the goroutines of this module to end, and returns the stacks of those that have not.
func leaked() string {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		stacks := ownStacks()
		if stacks == "" {
			return ""
		}
		select {
		case <-tick.C:
		case <-deadline:
			return stacks
		}
	}
}

func ownStacks() string {
	buf := make([]byte, 1<<20)
	buf = buf[:runtime.Stack(buf, true)]
	var own []string
	for i, stack := range strings.Split(string(buf), "\n\n") {
		if i > 0 && strings.Contains(stack, "zmqwebbridge") {
			own = append(own, stack)
		}
	}
	return strings.Join(own, "\n\n")
}
