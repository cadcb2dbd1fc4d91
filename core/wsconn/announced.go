//go:build !js

package wsconn

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// hijacker hands out the connection of a handshake with a look at the header of every frame that comes over it. Conn
// itself checks the size of a message as its bytes arrive, and would wait for as long as they take.
type hijacker struct {
	http.ResponseWriter
	limit int64
	conn  *lookingConn // set by Hijack
}

// Unwrap is for http.ResponseController.
func (h *hijacker) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// Hijack is part of http.Hijacker. What has been read ahead is read again, over the connection that looks.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	ahead, _ := buffers.Reader.Peek(buffers.Reader.Buffered())
	h.conn = &lookingConn{Conn: conn, ahead: bytes.Clone(ahead), frames: frames{limit: h.limit}, out: newSending(conn)}
	buffers.Reader.Reset(h.conn)
	return h.conn, buffers, nil
}

// lookingConn is a connection whose reader follows the frames. One goroutine reads at a time.
type lookingConn struct {
	net.Conn
	ahead  []byte // read before the handshake ended
	frames frames
	err    error       // ends the reading, after what was read before
	broken atomic.Bool // err is set; for Close, which anybody may call

	out *sending
}

// Write is the library's.
func (c *lookingConn) Write(p []byte) (int, error) { return c.out.Write(p) }

func (c *lookingConn) Read(p []byte) (n int, err error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(c.ahead) > 0 {
		n = copy(p, c.ahead)
		c.ahead = c.ahead[n:]
	} else if n, err = c.Conn.Read(p); err != nil && n == 0 {
		return 0, err
	}
	if wrong := c.frames.look(p[:n]); wrong != nil {
		c.err = wrong
		c.broken.Store(true)
	}
	return n, err
}

// Close is called when the closing handshake is over. A peer whose promises could not be kept has not been read to the
// end. If the connection were just closed, what is still on its way would make the kernel reset it, and the peer might
// never read the code.
func (c *lookingConn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.broken.Load() && half.CloseWrite() == nil {
		c.Conn.SetReadDeadline(time.Now().Add(lastWords))
		io.Copy(io.Discard, c.Conn) // until then; the error tells nothing new
	}
	return c.Conn.Close()
}

// lastWords is how long a peer that announced too much may take to read why it was closed.
const lastWords = 500 * time.Millisecond

// frames follows the frames of a WebSocket (RFC 6455, section 5.2) through the bytes that come.
type frames struct {
	limit   int64    // of a message
	header  [10]byte // up to the length
	have    int      // bytes of header that are there
	skip    int64    // bytes of payload and masking key that are still to come
	message int64    // bytes that the frames of a message have announced so far
	empty   int      // frames of it that were empty, and not the last
}

// maxEmpty is how many empty frames a message may consist of before its last one. Each costs the reader time, and the
// size of the message does not bound them.
const maxEmpty = 64

// look takes in what was read. The error says which promise the peer broke.
func (f *frames) look(b []byte) error {
	for len(b) > 0 {
		if f.skip > 0 {
			n := min(f.skip, int64(len(b)))
			b, f.skip = b[n:], f.skip-n
			continue
		}
		n := copy(f.header[f.have:f.size()], b)
		b, f.have = b[n:], f.have+n
		if f.have < f.size() {
			continue // the size is known from the second byte on
		}
		if err := f.announced(); err != nil {
			return err
		}
		f.have = 0
	}
	return nil
}

// size is how long the header is up to the length of the payload, as far as is known.
func (f *frames) size() int {
	if f.have < 2 {
		return 2
	}
	switch f.header[1] & 127 {
	case 126:
		return 4
	case 127:
		return 10
	}
	return 2
}

// absurd is how many times the limit a message may announce before the connection is closed at once. Below that the
// message is read up to the limit, as slowly as it comes, so that a client can write it and read its answer.
const absurd = 4

// announced is called with a header that is complete.
func (f *frames) announced() error {
	length := int64(f.header[1] & 127)
	switch length {
	case 126:
		length = int64(binary.BigEndian.Uint16(f.header[2:]))
	case 127:
		length = int64(binary.BigEndian.Uint64(f.header[2:]))
	}
	isControl, last, masked := f.header[0]&8 != 0, f.header[0]&128 != 0, f.header[1]&128 != 0
	if f.skip = length; masked {
		f.skip += 4
	}
	if isControl {
		return nil // the library bounds these
	}
	if length == 0 && !last {
		f.empty++
	}
	if length < 0 || length > absurd*f.limit-f.message {
		return core.NewCloseError(core.CloseTooLarge, "WebSocket message over the limit of "+strconv.FormatInt(f.limit, 10)+" bytes")
	}
	if f.empty > maxEmpty {
		return core.NewCloseError(core.CloseMalformed, "a message of empty frames")
	}
	f.message += length
	if last {
		f.message, f.empty = 0, 0
	}
	return nil
}
