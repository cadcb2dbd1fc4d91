//go:build !js

package wsconn

import (
	"io"
	"strconv"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// reading is what bounds the message that is being read.
type reading struct {
	held     func(bytes int) error
	within   time.Duration // 0: a message may take for ever
	deadline *time.Timer   // it runs while a message is being read that was not there at once; nil: there was none yet
	limit    int           // bytes of a message, which all need; the others are for those that are not there at once
}

// Bound says what the next messages may cost: their size, and the time from the first byte of a message to its last. held
// is told, before it is taken, how much memory the unfinished message will take; an error ends the connection. Bound is
// for the goroutine that calls Read.
func (c *Conn) Bound(limit int, within time.Duration, held func(bytes int) error) {
	c.reading = reading{limit: limit, held: held, within: within, deadline: c.reading.deadline}
}

// begin has the deadline run.
func (c *Conn) begin() {
	if c.reading.deadline == nil {
		c.reading.deadline = time.AfterFunc(c.reading.within, func() { c.Close(errUnfinished.Close, errUnfinished.Reason) })
		return
	}
	c.reading.deadline.Reset(c.reading.within)
}

var errUnfinished = core.NewCloseError(core.CloseTimeout, "a WebSocket message was not finished in time")

// readInTime is readWhole with the deadline.
func (c *Conn) readInTime(r io.Reader) ([]byte, error) {
	if c.reading.within == 0 {
		return c.readWhole(r)
	}
	c.begin()
	b, err := c.readWhole(r)
	if !c.reading.deadline.Stop() {
		return nil, errUnfinished
	}
	return b, err
}

// A message is read in pieces, of which each is twice as large as the one before, up to the largest. Put together they
// take exactly as much as the message has bytes.
const (
	firstPiece = 512
	maxPiece   = 1 << 20
)

// readWhole reads to the end of the message. A message above the limit is an error.
func (c *Conn) readWhole(r io.Reader) ([]byte, error) {
	piece, size := make([]byte, 0, firstPiece), 0
	var full [][]byte
	for {
		n, err := r.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		size += n
		switch {
		case size > c.reading.limit:
			return nil, core.NewCloseError(core.CloseTooLarge, "WebSocket message over the limit of "+strconv.Itoa(c.reading.limit)+" bytes")
		case err == io.EOF:
			return c.together(full, piece, size)
		case err != nil:
			return nil, err
		case len(piece) == cap(piece):
			full = append(full, piece)
			next := min(2*cap(piece), maxPiece, c.reading.limit+1-size)
			if err := c.hold(size + next); err != nil {
				return nil, err
			}
			piece = make([]byte, 0, next)
		}
	}
}

// together makes one of the pieces of a message.
func (c *Conn) together(full [][]byte, last []byte, size int) ([]byte, error) {
	if len(full) == 0 {
		return last, nil
	}
	if err := c.hold(2 * size); err != nil {
		return nil, err
	}
	whole := make([]byte, 0, size)
	for _, piece := range full {
		whole = append(whole, piece...)
	}
	return append(whole, last...), nil
}

func (c *Conn) hold(bytes int) error {
	if c.reading.held == nil {
		return nil
	}
	return c.reading.held(bytes)
}
