//go:build !js

package wsconn_test

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// TestLentFromTheKernel: what is lent is what the library reads, also where it is unmasked in place and only a part has come of
// what is behind it.
func TestLentFromTheKernel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var sent []byte
	for range 3000 {
		size := 1 + random.IntN(300)
		switch random.IntN(100) {
		case 0:
			size = 1 + random.IntN(streamLimit)
		case 1:
			sent = masked(sent, random, final|pingFrame, random.IntN(126))
		case 2:
			sent = fragments(sent, random)
		}
		sent = masked(sent, random, final|binaryFrame, size)
	}
	want := readAs(t, sent, 1, "the library").messages
	for name, read := range map[string]func(*testing.T, *wsconn.Conn) ([][]byte, error){
		"once":       func(t *testing.T, c *wsconn.Conn) ([][]byte, error) { return readLent(t, c) },
		"on, and on": func(t *testing.T, c *wsconn.Conn) ([][]byte, error) { return readLentOn(t, c, random) },
	} {
		t.Run(name, func(t *testing.T) {
			client, server := raw(t)
			go io.Copy(io.Discard, client) // ends with the connection
			go func() {
				for _, piece := range cut(sent, rand.New(rand.NewPCG(3, 3))) {
					client.Write(piece)
				}
				for err := error(nil); err == nil; time.Sleep(time.Millisecond) { // for who waits until he has enough
					_, err = client.Write(masked(nil, rand.New(rand.NewPCG(4, 4)), final|binaryFrame, 1))
				}
			}()
			for at := 0; at < len(want); {
				got, err := read(t, server)
				if err != nil {
					t.Fatal(err)
				}
				got = got[:min(len(got), len(want)-at)]
				if !slices.EqualFunc(got, want[at:at+len(got)], bytes.Equal) {
					t.Fatalf("the %d messages from %d on are others", len(got), at)
				}
				at += len(got)
			}
		})
	}
}

// lend borrows from a connection over which something was sent, and returns a copy of it, too.
func lend(t *testing.T, c *wsconn.Conn) (lent, copies [][]byte) {
	t.Helper()
	lent, is, err := c.Lend(t.Context())
	if err != nil || !is || len(lent) == 0 {
		t.Fatalf("%d messages, lent %v, %v", len(lent), is, err)
	}
	for _, b := range lent {
		copies = append(copies, bytes.Clone(b))
	}
	return lent, copies
}

// TestLentLasts until it is given back, whatever the connection and others do meanwhile.
func TestLentLasts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	burst := bytes.Repeat(masked(nil, random, final|binaryFrame, 80), 50)
	client, server := raw(t)
	client.Write(append(burst, burst[:20]...)) // which is a part of another
	lent, copies := lend(t, server)
	closed := make(chan error, 1)
	go func() { closed <- server.Close(core.CloseNormal, "") }()
	seen := bufio.NewReader(client)
	http.ReadResponse(seen, nil)
	header := make([]byte, 4)
	if _, err := io.ReadFull(seen, header); err != nil || header[0] != final|closeFrame {
		t.Fatalf("got % x, %v", header, err)
	}
	client.Write(slices.Concat(burst[20:], burst, []byte{final | closeFrame, 0x80 | 2, 0, 0, 0, 0, header[2], header[3]}))
	select {
	case err := <-closed:
		if err != nil {
			t.Error("Close:", err)
		}
	case <-time.After(patience):
		t.Fatal("Close waits for ever")
	}
	for range 10 {
		far, other := raw(t)
		far.Write(masked(nil, random, final|binaryFrame, 8000))
		if _, err := readLent(t, other); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.EqualFunc(lent, copies, bytes.Equal) {
		t.Error("what was lent has changed")
	}
	server.Return()
	server.Return() // is nothing
	if _, _, err := server.Lend(t.Context()); err == nil {
		t.Error("something was read after Close")
	}
}

// TestLentIsNotKept: neither while something is lent nor after it was given back the connection has a buffer, unless something is in it.
func TestLentIsNotKept(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	one := masked(nil, random, final|binaryFrame, 80)
	client, server := raw(t)
	client.Write(one)
	lend(t, server)
	if n := server.Memory(); n != 0 {
		t.Errorf("a buffer of %d bytes while all is lent", n)
	}
	server.Return()
	client.Write(append(bytes.Clone(one), one[:30]...))
	lend(t, server)
	if server.Memory() == 0 {
		t.Error("a part of the next is nowhere")
	}
	client.Write(one[30:])
	_, copies := lend(t, server) // which gives back what was lent
	if len(copies) != 1 || len(copies[0]) != 80 {
		t.Errorf("got %d messages", len(copies))
	}
	if server.Return(); server.Memory() != 0 {
		t.Error("a connection at rest has a buffer")
	}
}

// readLent is Lend, and makes what was lent one's own. Nothing else is in that memory.
func readLent(t testing.TB, c *wsconn.Conn) (messages [][]byte, err error) {
	lent, _, err := c.Lend(t.Context())
	for _, b := range lent {
		messages = append(messages, bytes.Clone(b))
	}
	for _, b := range lent {
		b = b[:cap(b)]
		for i := range b {
			b[i] = 0xaa
		}
	}
	c.Return()
	return messages, err
}
