//go:build linux

package wsconn_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// TestAwait: it waits for whatever ends a read, and takes nothing of it.
func TestAwait(t *testing.T) {
	message := []byte{0x82, 0x81, 0, 0, 0, 0, 'x'} // masked with zeros
	awaited := func(c *wsconn.Conn) chan struct{} {
		done := make(chan struct{})
		go func() {
			c.Await()
			close(done)
		}()
		return done
	}
	in := func(t *testing.T, done chan struct{}) {
		t.Helper()
		select {
		case <-done:
		case <-time.After(patience):
			t.Fatal("it waits for ever")
		}
	}
	t.Run("a message", func(t *testing.T) {
		client, server := raw(t)
		done := awaited(server)
		select {
		case <-done:
			t.Fatal("there was nothing to be read")
		case <-time.After(50 * time.Millisecond):
		}
		client.Write(message)
		in(t, done)
		got, err := server.Read(t.Context())
		if err != nil || !bytes.Equal(got, []byte("x")) {
			t.Fatal(got, err)
		}
	})
	t.Run("one that has been read already, with a part of the next", func(t *testing.T) {
		client, server := raw(t)
		client.Write(append(bytes.Clone(message), message[:3]...))
		if got, err := server.Read(t.Context()); err != nil || string(got) != "x" {
			t.Fatal(got, err)
		}
		in(t, awaited(server)) // the rest has a deadline, which is the read's
		client.Write(message[3:])
		if got, err := server.Read(t.Context()); err != nil || string(got) != "x" {
			t.Fatal(got, err)
		}
	})
	for name, end := range map[string]func(client net.Conn, c *wsconn.Conn){
		"the peer goes": func(client net.Conn, _ *wsconn.Conn) { client.Close() },
		"it is dropped": func(_ net.Conn, c *wsconn.Conn) { c.Drop() },
		"it is closed, and the peer answers": func(client net.Conn, c *wsconn.Conn) {
			go c.Close(core.CloseNormal, "")
			client.Write([]byte{0x88, 0x82, 0, 0, 0, 0, 3, 232})
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := raw(t)
			done := awaited(server)
			end(client, server)
			in(t, done)
			if _, err := server.Read(t.Context()); err == nil {
				t.Error("something was read")
			}
		})
	}
}
