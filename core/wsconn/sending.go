//go:build !js

package wsconn

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// sending writes binary messages to an accepted connection past the library, which would copy them, and wait. The server's
// end of a WebSocket is simple enough for that: a header, and the bytes as they are. What the library writes itself, its
// answers to Pings and Close, goes through the same lock, and never into the middle of a message.
type sending struct {
	conn net.Conn
	raw  syscall.RawConn // nil: the network cannot be asked what it takes at once

	later [][]byte // of whoever sends: a message of which nothing was written yet; nil: there is none

	mu      sync.Mutex
	header  [maxHeader]byte
	rest    net.Buffers           // of a message of which the network has taken a part; empty: there is none
	pieces  net.Buffers           // memory for rest
	joined  *[maxJoined]byte      // likewise, of a small message
	attempt func(fd uintptr) bool // writes what can be written of rest
	taken   int
	failed  error
}

// maxHeader is the size of the longest header of an unmasked frame (RFC 6455, section 5.2).
const maxHeader = 10

func newSending(conn net.Conn) *sending {
	s := &sending{conn: conn}
	if c, ok := conn.(syscall.Conn); ok && atonce.Can {
		s.raw, _ = c.SyscallConn()
	}
	s.attempt = func(fd uintptr) bool {
		s.taken, s.failed = atonce.Write(int(fd), s.rest)
		return true // whatever came of it, nobody waits
	}
	return s
}

// TryWrite sends one message, which is made of pieces, as far as the network takes it without waiting, and tells whether it
// took all of it. If it did not, Finish has to be called before anything else is sent, and the pieces must not change until
// then. It is for connections that were accepted. One goroutine at a time may send.
func (c *Conn) TryWrite(pieces [][]byte) (sent bool, err error) {
	s := c.tcp.out
	if s.raw == nil || !s.mu.TryLock() {
		s.later = pieces
		return false, nil
	}
	defer s.mu.Unlock()
	s.begin(finalBinary, pieces)
	for len(s.rest) > 0 {
		if err := s.raw.Write(s.attempt); err != nil {
			return false, core.NewError(core.Lost, err.Error())
		}
		if s.failed != nil {
			return false, core.NewError(core.Lost, s.failed.Error())
		}
		if s.taken == 0 {
			return false, nil
		}
		s.took(s.taken)
	}
	s.sentAll()
	return true, nil
}

// fewPieces is how many places for pieces a connection keeps.
const fewPieces = 16

// Finish writes what TryWrite could not, and waits for that. If it takes longer than within, the error is a *core.CloseError
// with CloseOverloaded.
func (c *Conn) Finish(within time.Duration) error {
	s := c.tcp.out
	s.conn.SetWriteDeadline(time.Now().Add(within))
	defer s.conn.SetWriteDeadline(time.Time{})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.later != nil {
		if err := s.finish(); err != nil {
			return err
		}
		s.begin(finalBinary, s.later)
		s.later = nil
	}
	return s.finish()
}

// Write is what the library calls.
func (s *sending) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.finish(); err != nil {
		return 0, err
	}
	return s.conn.Write(p)
}

// begin puts a message in rest, which is empty. first is the byte that its frame begins with.
func (s *sending) begin(first byte, pieces [][]byte) {
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	head := s.head(first, size)
	if len(head)+size <= maxJoined {
		s.pieces = append(s.pieces[:0], s.join(head, pieces))
	} else {
		s.pieces = append(append(s.pieces[:0], head), pieces...)
	}
	s.rest = s.pieces
}

// maxJoined is the size up to which it is less work to copy a message into one piece than to have the kernel take several.
const maxJoined = 1 << 10

var joinedPool = sync.Pool{New: func() any { return new([maxJoined]byte) }}

// join makes one piece of a message, in memory that is given back when all of it is sent.
func (s *sending) join(head []byte, pieces [][]byte) []byte {
	s.joined = joinedPool.Get().(*[maxJoined]byte)
	joined := append(s.joined[:0], head...)
	for _, piece := range pieces {
		joined = append(joined, piece...)
	}
	return joined
}

// sentAll is told that nothing is left of a message.
func (s *sending) sentAll() {
	if s.joined != nil {
		joinedPool.Put(s.joined)
		s.joined = nil
	}
	if cap(s.pieces) > fewPieces {
		s.pieces = nil
	}
}

// head makes the header of a message of so many bytes.
func (s *sending) head(first byte, size int) []byte {
	const length16, length64 = 126, 127
	h := append(s.header[:0], first)
	switch {
	case size < length16:
		return append(h, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(h, length16), uint16(size))
	default:
		return binary.BigEndian.AppendUint64(append(h, length64), uint64(size))
	}
}

// took forgets the first n bytes of rest.
func (s *sending) took(n int) {
	for len(s.rest) > 0 && n >= len(s.rest[0]) {
		n -= len(s.rest[0])
		s.rest[0] = nil
		s.rest = s.rest[1:]
	}
	if n > 0 {
		s.rest[0] = s.rest[0][n:]
	}
}

// finish waits until the network has taken the rest. The lock is held.
func (s *sending) finish() error {
	if len(s.rest) == 0 {
		return nil
	}
	_, err := s.rest.WriteTo(s.conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return core.NewCloseError(core.CloseOverloaded, "the client does not read")
	case err != nil:
		return core.NewError(core.Lost, err.Error())
	}
	s.sentAll()
	return nil
}
