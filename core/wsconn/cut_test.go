//go:build !js

package wsconn_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"net"
	"net/http"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// TestCutWithinMessage ends connections with FIN, within a message. What came of it is no message, however much it was.
func TestCutWithinMessage(t *testing.T) {
	for name, sent := range map[string][]byte{
		"nothing of a long message":     {0x82, 126, 8, 0},
		"one piece of a long message":   append([]byte{0x82, 126, 8, 0}, make([]byte, 512)...),
		"two pieces of a long message":  append([]byte{0x82, 126, 8, 0}, make([]byte, 512+1024)...),
		"not all of a piece":            append([]byte{0x82, 126, 8, 0}, make([]byte, 100)...),
		"nothing of a short message":    {0x82, 5},
		"a fragment, and nothing":       {0x02, 1, 7},
		"an empty fragment":             {0x02, 0},
		"a fragment, and half a header": {0x02, 1, 7, 0x80},
		"nothing of the last fragment":  {0x02, 1, 7, 0x80, 1},
	} {
		t.Run("dialed, "+name, func(t *testing.T) {
			t.Parallel()
			c, err := wsconn.Dial(t.Context(), "ws://"+saying(t, sent), nil, wsconn.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Drop()
			if b, err := c.Read(t.Context()); core.CodeOf(err) != core.Lost {
				t.Fatalf("%d bytes, %v, want an error with code lost", len(b), err)
			}
		})
		t.Run("accepted, "+name, func(t *testing.T) {
			t.Parallel()
			masked := append([]byte{}, sent...)
			if masked[1] |= 0x80; len(sent) >= 4 && sent[1] == 126 {
				masked = append(append(append([]byte{}, masked[:4]...), 0, 0, 0, 0), masked[4:]...)
			}
			c := accept(t, &script{pieces: [][]byte{masked}}, nil)
			c.LeaveToLibrary()
			if b, err := c.Read(t.Context()); err == nil {
				t.Fatalf("%d bytes are a message", len(b))
			}
		})
	}
}

// saying is the address of a server that answers one handshake, says something, and ends the connection with FIN.
func saying(t *testing.T, what []byte) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() { // ends with the connection, or with the listener
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
		conn.Write(append([]byte(answer), what...))
	}()
	return l.Addr().String()
}
