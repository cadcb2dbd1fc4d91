//go:build long

package attack

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestSlowLoris: connections of every kind that never say the last of it. Meanwhile somebody else is answered, and when their time is
// over all of them are closed.
func TestSlowLoris(t *testing.T) {
	t.Parallel()
	b := start(t, "", nil)
	request := b.door().Request()
	whole := strings.TrimSuffix(request, "\r\n")
	var held []net.Conn
	for name, says := range map[string]string{
		"nothing":                   "",
		"half a line":               "GET /da",
		"half a header":             whole,
		"a line without end":        "GET /" + strings.Repeat("a", 3000),
		"a body that does not come": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\na",
		"chunks that do not come":   "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
		"a WebSocket without Hello": request,
	} {
		for range 20 {
			conn, err := b.door().Dial()
			if err != nil {
				t.Fatal(name, err)
			}
			defer conn.Close()
			conn.Write([]byte(says))
			held = append(held, conn)
		}
	}
	began := time.Now()
	var drips []net.Conn // a header more, as long as it is taken
	for range 20 {
		conn, err := b.door().Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write([]byte(whole))
		drips = append(drips, conn)
	}
	innocent := b.door().Join()
	if innocent == nil {
		t.Fatal("nobody else comes in")
	}
	defer innocent.Close()
	slowest := time.Duration(0)
	for n := 0; time.Since(began) < 11*time.Second; n++ {
		at := time.Now()
		if resp, _ := ask(t, "GET", "http://"+b.address+"/healthz", nil); resp.StatusCode != 200 {
			t.Fatal(resp.Status)
		}
		if innocent.Say(core.Frame{Kind: core.KindPing, ID: uint64(n)}); innocent.Hear(core.KindPong) == nil {
			t.Fatal("the innocent are not answered: ", innocent.End())
		}
		slowest = max(slowest, time.Since(at))
		for _, conn := range drips {
			fmt.Fprintf(conn, "X-%d: a\r\n", n)
		}
		time.Sleep(200 * time.Millisecond) // the pace of those that drip
	}
	if slowest > time.Second {
		t.Errorf("the innocent waited for %v", slowest)
	}
	for _, conn := range append(held, drips...) {
		conn.SetReadDeadline(time.Now().Add(patience))
		for buffer := make([]byte, 4096); ; {
			if _, err := conn.Read(buffer); err != nil {
				if timeout, is := err.(net.Error); is && timeout.Timeout() {
					t.Fatal("a connection is never closed")
				}
				break
			}
		}
	}
	if after := time.Since(began); after > 16*time.Second {
		t.Errorf("it took %v until all were closed", after)
	}
}
