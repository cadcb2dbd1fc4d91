package attack

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestHostileBackends: whatever a backend says, its connection ends, and nobody else's; nothing that it only announces is allocated.
func TestHostileBackends(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	ended := map[string]bool{}
	t.Cleanup(func() {
		if t.Failed() {
			mu.Lock()
			defer mu.Unlock()
			t.Logf("disconnected: %v", ended)
		}
	})
	waits := map[string]bool{"parts that add up to too much": true} // for the rest of a message that is over the limit, which is forgotten as it comes
	text := "limits: {message: 3MiB}\nendpoints:\n  echo: {type: REQ, address: '" + echo(t) + "'}\n"
	for n, h := range gatewaytest.HostilePeers {
		text += fmt.Sprintf("  hostile%d: {type: SUB, address: '%s'}\n", n, listening(t, func(conn net.Conn) {
			conn.Write(h.Sends("PUB"))
			if h.Fin {
				conn.(*net.TCPConn).CloseWrite()
			}
			conn.SetReadDeadline(time.Now().Add(patience))
			_, err := io.Copy(io.Discard, conn)
			if timeout, is := err.(net.Error); !is || !timeout.Timeout() {
				mu.Lock()
				ended[h.Name] = true
				mu.Unlock()
			}
		}))
	}
	b := start(t, text, nil)
	innocent, victim := b.askingEcho(core.Frame{}), b.enter("")
	whileServed(t, innocent, func() {
		for n := range gatewaytest.HostilePeers {
			socket := uint32(n + 1)
			victim.Say(append(opening(socket, core.SUB, 0, fmt.Sprint("hostile", n)), core.Frame{Kind: core.KindSubscribe, Socket: socket, ID: uint64(n + 1)})...)
		}
		until(t, "all are disconnected, but who is silent", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return !slices.ContainsFunc(gatewaytest.HostilePeers, func(h gatewaytest.Hostile) bool { return !h.IsSilent() && !waits[h.Name] && !ended[h.Name] })
		})
	})
	until(t, "it is counted", func() bool { return b.metric("zwb_backend_protocol_errors_total") >= 20 })
	for _, f := range victim.Frames(200 * time.Millisecond) {
		if f.Kind == core.KindMessage || strings.ContainsAny(string(f.Text), "\x1b\x00") {
			t.Errorf("whoever has connected to them hears %+v", f)
		}
	}
	if victim.Say(core.Frame{Kind: core.KindPing, ID: 1}); victim.Hear(core.KindPong) == nil {
		t.Error("whoever has connected to them is disconnected: ", victim.End())
	}
	if held := b.held("zwb_memory_bytes{"); held > 16*mebibyte {
		t.Errorf("%d bytes are held", held)
	}
}

// TestDiagnosisOfAHostileBackend: zwb doctor prints nothing that a terminal acts on, whoever answers.
func TestDiagnosisOfAHostileBackend(t *testing.T) {
	t.Parallel()
	const evil = "\x1b[2J\x1b]0;owned\x07\r\u202e\u009b31m"
	args := []string{"doctor", "--timeout", "1s"}
	for _, says := range [][]byte{
		[]byte("SSH-2.0-" + evil + "\r\n"),
		[]byte("HTTP/1.1 200 " + evil + "\r\nServer: " + evil + "\r\n\r\n" + evil),
		gatewaytest.GreetWith(func(greeting []byte) { copy(greeting[12:32], evil) }),
		gatewaytest.Hello(evil),
		gatewaytest.Join(gatewaytest.Greet(1), gatewaytest.ReadyAs("REP", evil)),
		gatewaytest.Join(gatewaytest.Greet(1), gatewaytest.Command("ERROR", append([]byte{byte(len(evil))}, evil...)...)),
		gatewaytest.Join(gatewaytest.Hello("REP"), gatewaytest.Command("ERROR", append([]byte{byte(len(evil))}, evil...)...)),
		gatewaytest.Join(gatewaytest.Greet(1), gatewaytest.Command(evil, []byte(evil)...)),
	} {
		args = append(args, "--address", listening(t, func(conn net.Conn) {
			conn.Write(says)
			io.Copy(io.Discard, conn)
		}))
	}
	for _, more := range [][]string{nil, {"--json"}} {
		out, err := exec.CommandContext(t.Context(), zwb, append(args, more...)...).CombinedOutput()
		if _, ran := err.(*exec.ExitError); !ran || strings.ContainsAny(string(out), "\x1b\x07\r\u202e\u009b\x00") {
			t.Errorf("%v: %q", err, out)
		}
		if bytes.Count(out, []byte("tcp://127.0.0.1:")) < 8 {
			t.Errorf("not all were tried: %q", out)
		}
	}
}
