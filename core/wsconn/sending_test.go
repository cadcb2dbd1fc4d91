//go:build !js

package wsconn_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// accepted is the bridge's end of a connection, and the other end as the library has it.
func accepted(t *testing.T) (*wsconn.Conn, *websocket.Conn) {
	t.Helper()
	conns := make(chan *wsconn.Conn, 1)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wsconn.Accept(w, r, wsconn.Options{Limit: 1 << 20})
		if err != nil {
			t.Error(err)
		}
		conns <- c
	}))
	t.Cleanup(web.Close)
	client, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(web.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	client.SetReadLimit(-1)
	c := <-conns
	t.Cleanup(func() { c.Drop(); client.CloseNow() })
	return c, client
}

// send is what a Line does.
func send(c *wsconn.Conn, pieces [][]byte) error {
	sent, err := c.TryWrite(pieces)
	if err != nil || sent {
		return err
	}
	return c.Finish(10 * time.Second)
}

// TestPiecesAreMessages of any size, to a peer that reads slowly and asks with Pings all the while: what the library answers
// never comes into the middle of a message.
func TestPiecesAreMessages(t *testing.T) {
	c, client := accepted(t)
	go c.Read(t.Context()) // answers Pings

	ctx, cancel := context.WithCancel(t.Context())
	var pinging sync.WaitGroup
	defer pinging.Wait()
	defer cancel() // nobody reads the last answer
	pinging.Go(func() {
		for ctx.Err() == nil {
			if err := client.Ping(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("a Ping: %v", err)
				return
			}
		}
	})

	random := rand.New(rand.NewPCG(1, 2))
	var messages [][][]byte
	for range 300 {
		pieces := make([][]byte, 1+random.IntN(40))
		for i := range pieces {
			pieces[i] = bytes.Repeat([]byte{byte(random.Uint32())}, random.IntN(1<<random.IntN(16)))
		}
		messages = append(messages, pieces)
	}
	messages = append(messages, make([][]byte, 3000)) // more than the kernel takes in one call
	for i := range messages[300] {
		messages[300][i] = []byte{byte(i)}
	}
	failed := make(chan error, 1)
	go func() {
		for _, pieces := range messages {
			if err := send(c, pieces); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	for n, pieces := range messages {
		kind, got, err := client.Read(t.Context())
		if err != nil {
			t.Fatalf("message %d: %v; sending: %v", n, err, <-failed)
		}
		if want := bytes.Join(pieces, nil); kind != websocket.MessageBinary || !bytes.Equal(got, want) {
			t.Fatalf("message %d: %v of %d bytes, want %d", n, kind, len(got), len(want))
		}
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

// TestFinishGivesUp on a peer that does not read, in the time it was given, and says so with a code.
func TestFinishGivesUp(t *testing.T) {
	c, _ := accepted(t)
	pieces := [][]byte{make([]byte, 1<<20)}
	for {
		sent, err := c.TryWrite(pieces)
		if err != nil {
			t.Fatal(err)
		}
		if !sent {
			break
		}
	}
	begun := time.Now()
	err := c.Finish(50 * time.Millisecond)
	var closed *core.CloseError
	if !errors.As(err, &closed) || closed.Close != core.CloseOverloaded {
		t.Errorf("%v", err)
	}
	if waited := time.Since(begun); waited < 50*time.Millisecond || waited > 5*time.Second {
		t.Errorf("after %v", waited)
	}
}

// TestTryWriteAllocatesNothing, once it has memory for the pieces.
func TestTryWriteAllocatesNothing(t *testing.T) {
	c, _ := accepted(t) // whose buffers have room for all of it
	pieces := [][]byte{make([]byte, 10), make([]byte, 100)}
	allocations := testing.AllocsPerRun(100, func() {
		if sent, err := c.TryWrite(pieces); err != nil || !sent {
			t.Fatal(sent, err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations a message", allocations)
	}
}
