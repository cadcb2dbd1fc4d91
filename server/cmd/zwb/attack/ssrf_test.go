package attack

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// canary is a service that nobody is to reach, and how often it was.
func canary(t *testing.T) (port string, reached *atomic.Int64) {
	t.Helper()
	reached = new(atomic.Int64)
	address := listening(t, func(conn net.Conn) { reached.Add(1); conn.Close() })
	_, port, _ = strings.Cut(strings.TrimPrefix(address, "tcp://"), ":")
	return port, reached
}

// TestAddressesAsSSRF: by an address that it makes up, a page reaches nothing that no entry of the file allows, however the address
// is written, and whatever kind of socket it is for.
func TestAddressesAsSSRF(t *testing.T) {
	t.Parallel()
	port, reached := canary(t)
	b := start(t, fmt.Sprintf(`addresses:
  - {types: [REQ], address: "tcp://127.0.0.1:1-9"}
  - {types: [SUB], address: "tcp://10.0.0.0/8:%[1]s"}
  - {address: "ipc:///run/zwb-attack/*"}
endpoints:
  hidden: {type: PUSH, address: "tcp://127.0.0.1:%[1]s", allow: "user == 'nobody'"}
`, port), nil)
	for _, address := range []string{
		"tcp://127.0.0.1:" + port, "tcp://localhost:" + port, "tcp://[::1]:" + port, "tcp://[::ffff:127.0.0.1]:" + port, "tcp://[::ffff:7f00:1]:" + port,
		"tcp://0.0.0.0:" + port, "tcp://[::]:" + port, "tcp://127.1:" + port, "tcp://2130706433:" + port, "tcp://0x7f000001:" + port,
		"tcp://0177.0.0.1:" + port, "tcp://127.0.0.1:1@127.0.0.1:" + port, "tcp://10.0.0.1@127.0.0.1:" + port, "tcp://127.0.0.1:" + port + "#:1",
		"tcp://127.0.0.1:" + port + "/:1", "tcp://127.0.0.1:1;127.0.0.1:" + port, "tcp://127.0.0.1:1,127.0.0.1:" + port, "tcp://127.0.0.1:0" + port,
		"tcp://eth0;127.0.0.1:" + port, "TCP://127.0.0.1:" + port, "tcp://127.0.0.1:1\n127.0.0.1:" + port, "tcp://127.0.0.1:1\x00:" + port,
		"tcp://10.0.0.1.nip.io:" + port, "udp://127.0.0.1:" + port, "ws://127.0.0.1:" + port, "http://127.0.0.1:" + port + "/", "inproc://a", "pgm://eth0;239.0.0.1:" + port,
		"ipc:///run/zwb-attack/../docker.sock", "ipc:///run/zwb-attack/./../../etc/passwd", "ipc:///run/zwb-attack", "ipc://@abstract", "ipc://*", "ipc:///etc/passwd",
		"hidden", "hidden\x00", "Hidden", " hidden", "", "*", "tcp://*:*", "tcp://127.0.0.1:*", "tcp://169.254.169.254:80",
	} {
		for _, typ := range []core.SocketType{core.REQ, core.SUB, core.PUSH, core.DEALER} {
			for _, flags := range []uint64{0, core.FlagBind} {
				a := b.door().Join()
				if a == nil || !a.Open(1, typ, flags, address) {
					t.Fatal("there is no bridge")
				}
				f := a.Hear(core.KindRefused, core.KindOpened, core.KindState, core.KindClosed)
				if f != nil && (f.Kind == core.KindOpened || f.Kind == core.KindState && f.Code == core.OK) {
					t.Errorf("%v %q, flags %d: %v", typ, address, flags, f.Kind)
				}
				a.Close()
			}
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("what nobody may reach was reached %d times", n)
	}
}

// TestNamesThatLeadElsewhere: whoever answers for the name in a rule decides where it leads, but not out of the networks.
func TestNamesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	port, reached := canary(t)
	b := start(t, fmt.Sprintf("networks: [10.0.0.0/8]\nendpoints:\n  feed: {type: [SUB, PUSH, REQ, DEALER, PAIR], address: 'tcp://localhost:%s'}\n"+
		"addresses:\n  - {address: 'tcp://localhost:%[1]s'}\n", port), nil)
	a := b.door().Join()
	if a == nil {
		t.Fatal("there is no bridge")
	}
	for n, typ := range []core.SocketType{core.SUB, core.PUSH, core.REQ, core.DEALER, core.PAIR} {
		for m, address := range []string{"feed", "tcp://localhost:" + port} {
			a.Open(uint32(2*n+m+1), typ, 0, address)
			f := a.Hear(core.KindRefused, core.KindState, core.KindOpened)
			if f == nil || f.Kind == core.KindOpened || f.Code != core.Unavailable || !strings.Contains(string(f.Text), "networks") {
				t.Errorf("%v %s: %+v", typ, address, f)
			}
			if f != nil && address == "feed" && strings.Contains(string(f.Text), port) {
				t.Errorf("it tells where the endpoint is: %s", f.Text)
			}
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("what is in no network was reached %d times", n)
	}
}
