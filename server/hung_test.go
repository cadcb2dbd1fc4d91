//go:build unix

package server

import (
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// pause has the process do nothing any more.
func (p *process) pause() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		p.t.Fatal(err)
	}
}

// TestWorkGoesPastWhoDoesNotAnswer: a worker that hangs gets nothing from when that is noticed, and what it did not take goes
// to the other when it is given up.
func TestWorkGoesPastWhoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{Heartbeat: 300 * time.Millisecond}}))
	both := backends(t, "PULL")
	p := dial(t, url, nil)
	push := p.open(core.PUSH, both[0].address(), "")
	p.connect(push, both[1].address())
	p.awaitKind(client.EventOpened)
	p.awaitKind(client.EventOpened)
	both[1].pause()
	p.awaitKind(client.EventDown)
	const messages = 100
	for i := range messages {
		p.send(push, strconv.Itoa(i))
	}
	collectNumbers(t, both[:1], messages)
}

// TestRequestsGoPastWhoDoesNotAnswer, before its connection is given up.
func TestRequestsGoPastWhoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	_, url := startBridge(t, allowAll(Config{Gateway: gateway.Config{Heartbeat: time.Second}}))
	hung, rep := startPeer(t, "rep", 0), startPeer(t, "rep", 0)
	p := dial(t, url, nil)
	req := p.open(core.REQ, hung.address(), "")
	p.connect(req, rep.address())
	p.awaitKind(client.EventOpened)
	p.awaitKind(client.EventOpened)
	hung.pause()
	waitFor(t, "ten answers in a row", func() bool {
		for range 10 {
			if got := p.answer(p.ask(req, 50*time.Millisecond, "x")); got.Kind != client.EventReply {
				return false
			}
		}
		return true
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.ContainsFunc(p.events, func(e event) bool { return e.Kind == client.EventDown }) {
		t.Error("only once the connection was given up")
	}
}
