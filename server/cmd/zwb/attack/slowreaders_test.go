//go:build long

package attack

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestSlowReadersOfSockets: who reads nothing costs what is bounded, and is disconnected.
func TestSlowReadersOfSockets(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  feed: {type: SUB, address: \""+flood(t, 32<<10)+"\", hwm: 100}\n", nil)
	readers := 0.0
	for path, subprotocol := range doorsOf {
		for range 5 {
			readers++
			conn, err := net.Dial("tcp", b.address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			offer := ""
			if subprotocol != "" {
				offer = "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
			}
			fmt.Fprint(conn, "GET "+path+" HTTP/1.1\r\nHost: "+b.address+"\r\n"+offer+upgrade)
			if subprotocol != "" { // a name, and a subscription to everything
				fmt.Fprint(conn, "\x82\x81\x00\x00\x00\x00\x00", "\x82\x82\x00\x00\x00\x00\x00\x01")
			}
		}
	}
	until(t, "all are there", func() bool { return b.metric("zwb_connections") == readers })
	until(t, "messages are dropped", func() bool { return b.metric(`zwb_dropped_messages_total{reason="drop-newest"}`) > 1000 })
	brisk, _, err := websocket.Dial(t.Context(), "ws://"+b.address+"/ws/feed?overflow=drop-oldest", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, _, err := brisk.Read(t.Context()); err != nil {
			t.Fatalf("another reader: %v", err)
		}
	}
	brisk.CloseNow()
	for end := time.Now().Add(3 * patience); b.metric("zwb_connections") > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("they are still there: ", b.metric("zwb_connections"))
		}
	}
}

// TestSlowReadersOfStreams: what they do not take is dropped, they cost little, others are served, and in the end they are
// disconnected.
func TestSlowReadersOfStreams(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  feed: {type: SUB, address: \""+flood(t, 32<<10)+"\", hwm: 100}\n", nil)
	const readers = 20
	for range readers {
		conn, err := net.Dial("tcp", b.address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		io.WriteString(conn, "GET /sub/feed HTTP/1.1\r\nHost: "+b.address+"\r\n\r\n")
	}
	until(t, "all are there", func() bool { return b.metric("zwb_connections") == readers })
	until(t, "messages are dropped", func() bool { return b.metric(`zwb_dropped_messages_total{reason="drop-newest"}`) > 1000 })
	resp, err := http.Get("http://" + b.address + "/sub/feed?overflow=drop-oldest")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, resp.Body, 4<<20); err != nil {
		t.Errorf("another reader gets %d bytes, and %v", n, err)
	}
	resp.Body.Close()
	for end := time.Now().Add(3 * patience); b.metric("zwb_connections") > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("they are still there: ", b.metric("zwb_connections"))
		}
	}
}
