//go:build !js

package wsconn_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// endless is a peer that says the same message again and again, as fast as it is read, whatever it is told.
type endless struct {
	script
	message  []byte
	at       int
	said     int
	deadline time.Time
}

func (e *endless) Read(p []byte) (int, error) {
	const hasty = 1 << 30 // no time passes at all
	if !e.deadline.IsZero() && time.Now().After(e.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	if e.said > hasty {
		return 0, io.ErrClosedPipe
	}
	n := copy(p, e.message[e.at:])
	e.at, e.said = (e.at+n)%len(e.message), e.said+n
	return n, nil
}

func (e *endless) SetDeadline(t time.Time) error {
	e.deadline = t
	return nil
}

func (e *endless) CloseWrite() error { return nil }

func (e *endless) SetReadDeadline(t time.Time) error { return e.SetDeadline(t) }

// TestClosingTakesLittle of a peer that goes on sending as fast as it can: what it sends is forgotten in small amounts, with pauses
// between them, and it is given up in the end. Otherwise a few of those have the processors for themselves.
func TestClosingTakesLittle(t *testing.T) {
	for name, message := range map[string][]byte{
		"large":     sent(final|binaryFrame, 3*streamLimit),
		"small":     sent(final|binaryFrame, 100),
		"fragments": append(sent(binaryFrame, 1000), sent(final|continuation, 1000)...),
		"too large": append(sent(final|binaryFrame, 100), final|binaryFrame, 0x80|127, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				peer := &endless{message: message}
				server := accept(t, peer, nil)
				began := time.Now()
				server.Close(core.CloseOverloaded, "enough")
				const most = 40 << 20 // a second
				took := time.Since(began)
				if allowed := int(took.Seconds()*most) + 1<<20; peer.said > allowed || took > 6*time.Second {
					t.Errorf("took %d bytes in %v, want at most %d", peer.said, took, allowed)
				}
				if !bytes.Contains(peer.written.Bytes(), []byte("enough")) {
					t.Error("the peer was not told why")
				}
			})
		})
	}
}

// sent is a frame of a client.
func sent(first byte, size int) []byte { return masked(nil, rand.New(rand.NewPCG(1, 1)), first, size) }

// TestClosingIsAnswered also by a peer that has a lot on its way, and in the middle of a message.
func TestClosingIsAnswered(t *testing.T) {
	half := sent(final|binaryFrame, 1<<20)[:1<<19]
	for name, test := range map[string]struct{ before, after []byte }{
		"at rest":               {nil, nil},
		"messages":              {nil, bytes.Repeat(sent(final|binaryFrame, 1000), 4000)},
		"in a message":          {half, make([]byte, 1<<19+14)},
		"in a message, and on":  {half, append(make([]byte, 1<<19+14), bytes.Repeat(sent(final|binaryFrame, 100_000), 20)...)},
		"a ping":                {nil, sent(final|pingFrame, 5)},
		"in a message, a ping":  {half, append(make([]byte, 1<<19+14), sent(final|pingFrame, 5)...)},
		"between two fragments": {sent(binaryFrame, 1000), sent(final|continuation, 100_000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, server := raw(t)
			read := make(chan struct{})
			go func() {
				defer close(read)
				server.Read(t.Context())
			}()
			write(t, client, test.before)
			closed := make(chan error, 1)
			began := time.Now()
			go func() { closed <- server.Close(core.CloseOverloaded, "enough") }()
			awaitBytes(t, client, []byte("enough"))
			write(t, client, test.after)
			write(t, client, sent(final|closeFrame, 0))
			client.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, client); err != nil {
				t.Error("the peer, which has said all that it wanted, is cut off:", err)
			}
			if <-closed; time.Since(began) > 4*time.Second {
				t.Error("the answer was not seen in", time.Since(began))
			}
			<-read
		})
	}
}

func write(t *testing.T, conn net.Conn, b []byte) {
	t.Helper()
	conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := conn.Write(b); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}

// awaitBytes reads until it has seen these.
func awaitBytes(t *testing.T, conn net.Conn, want []byte) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	var all []byte
	for b := make([]byte, 512); !bytes.Contains(all, want); {
		n, err := conn.Read(b)
		if all = append(all, b[:n]...); err != nil {
			t.Fatal(err)
		}
	}
}
