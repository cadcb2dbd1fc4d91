//go:build js && wasm

package wsconn_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

func TestConn(t *testing.T) {
	for name, o := range map[string]wsconn.Options{
		"binary": {Subprotocol: core.Subprotocol},
		"text":   {Text: true},
	} {
		t.Run(name, func(t *testing.T) {
			coretest.TestConn(t, func(t *testing.T, limit int64) (a, b coretest.Conn) {
				o.Limit = limit
				url := relay(t)
				return dial(t, url, o), dial(t, url, o)
			})
		})
	}
}

func TestOtherKind(t *testing.T) {
	url := relay(t)
	text, binary := dial(t, url, wsconn.Options{Text: true}), dial(t, url, wsconn.Options{})
	if err := text.Write(t.Context(), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := binary.Read(t.Context()); core.CodeOf(err) != core.Protocol {
		t.Errorf("text on a binary connection: %v", err)
	}
}

// TestUnread checks that the connection ends when nobody reads. A browser cannot be stopped from receiving, so otherwise the
// unread messages would fill the memory.
func TestUnread(t *testing.T) {
	const limit = 1000
	url := relay(t)
	a, b := dial(t, url, wsconn.Options{Limit: limit}), dial(t, url, wsconn.Options{Limit: limit})
	for range 10 {
		if err := a.Write(t.Context(), make([]byte, limit)); err != nil {
			t.Fatal(err)
		}
	}
	a.Close(core.CloseNormal, "") // when it returns, everything that was sent before has arrived
	var messages int
	for {
		_, err := b.Read(t.Context())
		if core.CodeOf(err) == core.Busy {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		messages++
	}
	if messages != 2 {
		t.Errorf("%d messages of the limit's size were kept, want 2", messages)
	}
}

func TestDial(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, tt := range []struct {
		name, url string
		header    map[string][]string
		want      core.Code
	}{
		{"no URL", "ws://[", nil, core.Invalid},
		{"nobody there", "ws://127.0.0.1:1/", nil, core.Unavailable},
		{"a header", relay(t), map[string][]string{"Origin": {"http://x"}}, core.Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := wsconn.Dial(ctx, tt.url, tt.header, wsconn.Options{}); core.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	spent, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := wsconn.Dial(spent, relay(t), nil, wsconn.Options{}); core.CodeOf(err) != core.Unavailable {
		t.Errorf("with a spent context: %v", err)
	}
}

// relay returns a URL at which two WebSockets are connected to each other.
func relay(t *testing.T) string {
	t.Helper()
	url := os.Getenv("ZWB_RELAY")
	if url == "" {
		t.Fatal("there is no relay in ZWB_RELAY: a browser cannot listen. Run the test with -exec of core/coretest/nodeexec, see there")
	}
	return url + "/" + rand.Text()
}

func dial(t *testing.T, url string, o wsconn.Options) *wsconn.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := wsconn.Dial(ctx, url, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Drop() })
	return conn
}
