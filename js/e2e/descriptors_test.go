package e2e

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// TestFewFileDescriptors: a bridge that may have 256 of them meets 400 WebSockets and 400 connections that say nothing.
// Those who come later are told at once, /healthz is answered, and the log says it, in few lines.
func TestFewFileDescriptors(t *testing.T) {
	shell := start(t, "sh", "-c", "ulimit -n 256; exec "+zwb+" serve --listen 127.0.0.1:0 2>&1")
	url := strings.TrimSuffix(shell.await("console    "), "/")
	address := strings.TrimPrefix(url, "http://")
	for range 400 {
		openSilently(t, address, "GET /data HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"+
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: zwb.v1\r\n\r\n")
	}
	for range 400 {
		openSilently(t, address, "")
	}
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url + "/healthz")
	if err != nil {
		t.Fatal("no answer to /healthz:", err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %s", resp.Status)
	}
	if err := refused(t, "ws://"+address+"/data"); core.CodeOf(err) != core.Unavailable && core.CodeOf(err) != core.Busy {
		t.Errorf("a newcomer is told %v", err)
	}
	shell.await("WebSocket refused: the bridge is full")
	if lines := len(shell.lines); lines > 200 {
		t.Errorf("the log has more than %d lines", lines)
	}
}

// openSilently opens a connection that sends this and then nothing.
func openSilently(t *testing.T, address, sends string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	io.WriteString(conn, sends)
	if sends == "" {
		return
	}
	conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal("no answer to an upgrade: ", err)
	}
}

// refused opens a WebSocket that the bridge has no room for. The error is what its client is told.
func refused(t *testing.T, url string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	if err != nil {
		return err
	}
	defer conn.Drop()
	_, err = conn.Read(ctx)
	return err
}
