//go:build !js

package wsconn_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// raw opens a WebSocket whose far end says what it likes.
func raw(t *testing.T) (client net.Conn, server *wsconn.Conn) {
	t.Helper()
	accepted := make(chan *wsconn.Conn, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := wsconn.Accept(w, r, wsconn.Options{})
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}))
	client, err := net.Dial("tcp", strings.TrimPrefix(web.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() {
		server.Drop()
		client.Close()
		web.Close()
	})
	return client, server
}

const patience = 10 * time.Second

// TestUnfinishedMessages are charged while they grow, bounded, and have a deadline; and a message that has no bytes is not
// read for ever.
func TestUnfinishedMessages(t *testing.T) {
	header := []byte{0x02, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0} // binary, more fragments follow, 16 MiB, no mask
	empty := []byte{0x00, 0x80, 0, 0, 0, 0}
	for name, test := range map[string]struct {
		limit  int
		within time.Duration
		sent   []byte
		want   core.CloseCode
	}{
		"over the limit":       {72 << 10, patience, append(header, make([]byte, 100<<10)...), core.CloseTooLarge},
		"over the budget":      {16 << 20, patience, append(header, make([]byte, 2<<20)...), core.CloseOverloaded},
		"its last byte":        {16 << 20, 50 * time.Millisecond, append(header, make([]byte, 1000)...), core.CloseTimeout},
		"a small one's last":   {16 << 20, 50 * time.Millisecond, []byte{0x82, 0x85, 0, 0, 0, 0, 1, 2, 3, 4}, core.CloseTimeout},
		"half a header":        {16 << 20, 50 * time.Millisecond, []byte{0x82}, core.CloseTimeout},
		"fragments of nothing": {16 << 20, patience, append([]byte{0x02, 0x80, 0, 0, 0, 0}, repeat(empty, 100_000)...), core.CloseMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := raw(t)
			go hangUp(client)
			most := 0
			server.Bound(test.limit, test.within, func(bytes int) error {
				if most = max(most, bytes); bytes > 1<<20 {
					return core.NewCloseError(core.CloseOverloaded, "too much")
				}
				return nil
			})
			go client.Write(test.sent) // ends with the connection
			_, err := server.Read(t.Context())
			var closed *core.CloseError
			if !errors.As(err, &closed) || closed.Close != test.want {
				t.Fatalf("ended with %v, want %d", err, test.want)
			}
			if grows := len(test.sent) < 600_000 && len(test.sent) > 100_000; grows && most < len(test.sent)/2 {
				t.Errorf("told of %d bytes", most)
			}
		})
	}
}

// hangUp ends a connection when the far end has said that it closes, which may be all that it says.
func hangUp(client net.Conn) {
	defer client.Close()
	in := bufio.NewReader(client)
	if _, err := http.ReadResponse(in, nil); err == nil {
		in.ReadByte()
	}
}

func repeat(b []byte, n int) []byte { return []byte(strings.Repeat(string(b), n)) }

// TestWholeMessages of all sizes around those of the pieces arrive as they were sent, and in memory of their size.
func TestWholeMessages(t *testing.T) {
	client, server := pair(t, wsconn.Options{}, wsconn.Options{})
	for _, size := range []int{0, 1, 511, 512, 513, 1023, 1536, 1537, 100_000, 1 << 20, 3<<20 + 1} {
		sent := make([]byte, size)
		for i := range sent {
			sent[i] = byte(i * 31)
		}
		go client.Write(t.Context(), sent)
		got, err := server.Read(t.Context())
		if err != nil || string(got) != string(sent) || cap(got) > max(512, size) {
			t.Fatalf("%d bytes came as %d in %d, %v", size, len(got), cap(got), err)
		}
	}
}
