package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestNoBridge: whatever else answers at a URL, the error says that no bridge does, and soon.
func TestNoBridge(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
			conn.Close()
		}
	}))
	defer other.Close()
	for name, test := range map[string]struct{ url, want string }{
		"a web server":      {web.URL, "there is no bridge at this URL"},
		"another WebSocket": {other.URL, "it does not speak zwb.v1"},
		"no web server":     {"ws://" + hello(t), "it does not answer as a web server does"},
		"nobody":            {"ws://127.0.0.1:1", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load{URL: test.url, Address: "tcp://127.0.0.1:1", Clients: 3, Size: MinSize, For: time.Second}.Fanout(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// hello is a server that says hello to everybody.
func hello(t *testing.T) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 hello\r\n")
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

// TestInterrupted: a bridge that never answers keeps nobody who wants to stop.
func TestInterrupted(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // it accepts nothing
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	because := fmt.Errorf("interrupted")
	time.AfterFunc(50*time.Millisecond, func() { cancel(because) })
	begun := time.Now()
	_, err = Load{URL: "ws://" + listener.Addr().String(), Clients: 1, Size: MinSize, For: time.Second}.Idle(ctx)
	if err != because || time.Since(begun) > patience/2 {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
}
