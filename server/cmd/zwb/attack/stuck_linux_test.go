package attack

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// TestBackendsThatDoNotRead: messages for a backend that takes nothing wait in the client, but for what it has credit for. A client that sends on
// without is disconnected, and nobody else is.
func TestBackendsThatDoNotRead(t *testing.T) {
	t.Parallel()
	const credit, size = 8 * mebibyte, 64 << 10
	stuck := listening(t, func(conn net.Conn) {
		conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		conn.Write(gatewaytest.Hello("PULL"))
		io.ReadFull(conn, make([]byte, gatewaytest.GreetingSize+1))
	})
	b := start(t, "endpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n  jobs: {type: PUSH, address: '"+stuck+"'}\n", nil)
	innocent := b.enter("")
	innocent.Open(1, core.PUSH, 0, "jobs")
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		message := core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, size)}}
		messages, bytes, sent := uint64(0), uint64(0), 0
		for quiet := false; !quiet; {
			quiet = true
			for _, f := range innocent.Frames(500 * time.Millisecond) {
				if f.Kind == core.KindCredit {
					messages, bytes, quiet = messages+f.Messages, bytes+f.Bytes, false
				}
			}
			for ; messages > 0 && bytes >= size; sent++ {
				messages, bytes = messages-1, bytes-size
				innocent.Say(message)
			}
		}
		if sent == 0 {
			t.Error("nothing is sent at all: ", innocent.End())
		}
		guilty := b.enter("")
		guilty.Open(1, core.PUSH, 0, "jobs")
		if guilty.Hear(core.KindCredit) == nil {
			t.Fatal("he has no credit to exceed: ", guilty.End())
		}
		for range 1000 {
			if !guilty.Say(message) {
				break
			}
		}
		if end := guilty.AwaitEnd(); end == nil || end.Close != core.CloseState {
			t.Errorf("who sends without credit: %v", end)
		}
	})
	if held := b.held("zwb_memory_bytes{"); held > 2*credit+mebibyte {
		t.Errorf("%d bytes are held", held)
	}
	if innocent.Say(core.Frame{Kind: core.KindPing, ID: 1}); innocent.Hear(core.KindPong) == nil {
		t.Error("who waits for credit is disconnected, too: ", innocent.End())
	}
	if b.metric("zwb_protocol_errors_total") != 1 {
		t.Errorf("%v clients were disconnected for what they sent", b.metric("zwb_protocol_errors_total"))
	}
}
