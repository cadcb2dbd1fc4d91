//go:build !js

package wsconn

import (
	"encoding/binary"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// frames follows the frames of a WebSocket (RFC 6455, section 5.2) through the bytes that come.
type frames struct {
	skip    int64    // bytes of payload and masking key that are still to come
	message int64    // bytes that the frames of a message have announced so far
	empty   uint8    // frames of it that were empty, and not the last
	have    uint8    // bytes of header that are there
	header  [10]byte // up to the length
	limit   int64    // of a message
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
		b, f.have = b[n:], f.have+uint8(n)
		if int(f.have) < f.size() {
			continue // the size is known from the second byte on
		}
		if err := f.announced(); err != nil {
			return err
		}
		f.have = 0
	}
	return nil
}

// between tells whether a message has ended, and of what comes next nothing was looked at.
func (f *frames) between() bool { return f.atEnd() && f.message == 0 && f.empty == 0 }

// atEnd tells whether a frame has ended, and of the next one nothing was looked at.
func (f *frames) atEnd() bool { return f.have == 0 && f.skip == 0 }

// sure is how many bytes more belong to the frame for sure. More may, if it is in its header.
func (f *frames) sure() int64 {
	if f.skip > 0 {
		return f.skip
	}
	return int64(f.size() - int(f.have))
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
