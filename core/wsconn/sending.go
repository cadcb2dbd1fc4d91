//go:build !js

package wsconn

import (
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/atonce"
)

// sending writes binary messages to an accepted connection past the library, which would copy them, and wait. The server's
// end of a WebSocket is simple enough for that: a header, and the bytes as they are. What the library writes itself, its
// answers to Pings and Close, goes through the same lock, and never into the middle of a message.
//
// It belongs to a lookingConn, whose arrivals have the RawConn. With many clients each of these is in no cache when something is
// written. What every write needs is in front.
type sending struct {
	mu      sync.Mutex
	attempt func(fd uintptr) // writes what can be written of rest; nobody waits, so the poller has no part in it
	taken   int
	failed  error
	joined  *[maxJoined]byte // memory of a small message, or of the header of another one; nil: nothing is being written
	rest    net.Buffers      // of a message of which the network has taken a part; empty: there is none
	one     [1][]byte        // memory for rest, of a small message

	pieces net.Buffers // likewise, of another one
	later  [][]byte    // of whoever sends: a message of which nothing was written yet; nil: there is none
}

// maxHeader is the size of the longest header of an unmasked frame (RFC 6455, section 5.2).
const maxHeader = 10

func (s *sending) open() {
	s.attempt = func(fd uintptr) { s.taken, s.failed = atonce.Write(int(fd), s.rest) }
}

// TryWrite sends one message, which is made of pieces, as far as the network takes it without waiting, and tells whether it
// took all of it. If it did not, Finish has to be called before anything else is sent, and the pieces must not change until
// then. It is for connections that were accepted. One goroutine at a time may send.
func (c *Conn) TryWrite(pieces [][]byte) (sent bool, err error) {
	s, raw := &c.tcp.out, c.tcp.in.raw
	if raw == nil || !s.mu.TryLock() {
		s.later = pieces
		return false, nil
	}
	defer s.mu.Unlock()
	s.begin(finalBinary, pieces)
	for len(s.rest) > 0 {
		if err := raw.Control(s.attempt); err != nil {
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
	s, conn := &c.tcp.out, c.tcp.Conn
	conn.SetWriteDeadline(time.Now().Add(within))
	defer conn.SetWriteDeadline(time.Time{})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.later != nil {
		if err := s.finish(conn); err != nil {
			return err
		}
		s.begin(finalBinary, s.later)
		s.later = nil
	}
	return s.finish(conn)
}

// begin puts a message in rest, which is empty. first is the byte that its frame begins with.
func (s *sending) begin(first byte, pieces [][]byte) {
	size := 0
	for _, piece := range pieces {
		size += len(piece)
	}
	s.joined = joinedPool.Get().(*[maxJoined]byte)
	header := appendHeader(s.joined[:0], first, size)
	if maxHeader+size <= maxJoined {
		s.one[0] = join(header, pieces)
		s.rest = s.one[:]
		return
	}
	s.pieces = append(append(s.pieces[:0], header), pieces...)
	s.rest = s.pieces
}

// maxJoined is the size up to which it is less work to copy a message into one piece than to have the kernel take several: with 1.2 KiB
// that are in a near cache 150 ns and 175, with 2 KiB about the same.
const maxJoined = 2 << 10

var joinedPool = sync.Pool{New: func() any { return new([maxJoined]byte) }}

// join makes one piece of a header and a message, in memory that is given back when all of it is sent.
func join(header []byte, pieces [][]byte) []byte {
	for _, piece := range pieces {
		header = append(header, piece...)
	}
	return header
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

// appendHeader appends the header of a message of so many bytes.
func appendHeader(h []byte, first byte, size int) []byte {
	const length16, length64 = 126, 127
	h = append(h, first)
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
func (s *sending) finish(conn net.Conn) error {
	if len(s.rest) == 0 {
		return nil
	}
	_, err := s.rest.WriteTo(conn)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return core.NewCloseError(core.CloseOverloaded, "the client does not read")
	case err != nil:
		return core.NewError(core.Lost, err.Error())
	}
	s.sentAll()
	return nil
}
