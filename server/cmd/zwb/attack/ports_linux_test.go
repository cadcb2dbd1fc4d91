package attack

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// listens are the ports on which the process listens.
func (b *bridge) listens() (ports []string) {
	b.t.Helper()
	own := map[string]bool{}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", b.process.Pid))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, file := range files {
		link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", b.process.Pid, file.Name()))
		if inode, is := strings.CutPrefix(link, "socket:["); is {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", b.process.Pid, table))
		if err != nil {
			continue // a machine without IPv6
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 9 && fields[3] == "0A" && own[fields[9]] {
				ports = append(ports, fields[1])
			}
		}
	}
	return ports
}

// TestPortsOfStrangers: whoever may bind nothing has the bridge listen nowhere, however often a port is left to it, and look up no name.
// Whoever may gets a port.
func TestPortsOfStrangers(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret+"addresses:\n  - {types: [PULL], bind: true, address: 'tcp://127.0.0.1:*', allow: \"user == 'alice'\"}\n", secretFile)
	alice, mallory := b.enter(signed("alice", nil)), b.enter(signed("mallory", nil))
	own := len(b.listens())
	if own != 2 {
		t.Fatalf("it listens at %v", b.listens())
	}
	socket := uint32(0)
	for range 20 {
		for _, address := range []string{"tcp://127.0.0.1:*", "tcp://0.0.0.0:*", "tcp://[::]:*", "tcp://[::1]:*", "tcp://127.0.0.2:*", "tcp://192.0.2.1:*",
			"tcp://localhost:*", "tcp://evil.example:*", "tcp://*:*", "tcp://127.0.0.1:0"} {
			socket++
			mallory.Open(socket, core.PULL, core.FlagBind, address)
			if f := mallory.Hear(core.KindRefused, core.KindOpened, core.KindState); f == nil || f.Kind != core.KindRefused {
				t.Fatalf("%s: %+v, %v", address, f, mallory.End())
			}
			mallory.Say(core.Frame{Kind: core.KindClose, Socket: socket})
		}
	}
	if ports := b.listens(); len(ports) != own {
		t.Errorf("it listens at %v", ports)
	}
	alice.Open(1, core.PULL, core.FlagBind, "tcp://127.0.0.1:*")
	if f := alice.Hear(core.KindOpened, core.KindRefused); f == nil || f.Kind != core.KindOpened {
		t.Errorf("whoever may bind is told %+v, %v", f, alice.End())
	}
	if ports := b.listens(); len(ports) != own+1 {
		t.Errorf("for her it listens at %v", ports)
	}
}
