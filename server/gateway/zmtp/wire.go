package zmtp

import (
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// Traffic counts what passes over connections, all those together that share it.
type Traffic struct {
	MessagesIn, MessagesOut atomic.Uint64 // ZeroMQ messages
	BytesIn, BytesOut       atomic.Uint64 // on the wire
	Excessive               atomic.Uint64 // messages left out because they were over a limit
}

// wire is the network connection, below encryption where there is any: it counts what passes, and gives every piece of a
// write a deadline of its own, so that a large frame may take its time as long as it moves.
type wire struct {
	net.Conn
	traffic  *Traffic
	received atomic.Uint64 // reads that returned something: the life signs of the peer
	timeout  time.Duration // of a piece of a write; 0: none; a handshake has one of its own
	ttl      time.Duration // of the reader: what the peer said last has to be followed by something within it; 0: by nothing
	glance   glance
	direct   *direct // once the handshake is over; nil: there is none
}

// writePiece is what a peer has to take within one write timeout.
const writePiece = 256 << 10

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.read(p)
	w.came(n)
	return n, err
}

// ReadAtOnce implements atOnce.
func (w *wire) ReadAtOnce(p []byte) int {
	n := w.glance.read(w.Conn, p)
	w.came(n)
	if n > 0 {
		w.ttl = 0
	}
	return n
}

func (w *wire) came(n int) {
	if n > 0 {
		w.received.Add(1)
		w.traffic.BytesIn.Add(uint64(n))
	}
}

// read holds the peer to its word, see expect.
func (w *wire) read(p []byte) (int, error) {
	if w.ttl == 0 && w.direct != nil {
		return w.direct.Read(p)
	}
	if w.ttl == 0 {
		return w.Conn.Read(p)
	}
	// The time the reader has not read is not the peer's. An error of SetReadDeadline shows again in Read.
	w.SetReadDeadline(time.Now().Add(w.ttl))
	n, err := w.Conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return n, errSilent
	}
	w.SetReadDeadline(time.Time{})
	w.ttl = 0
	return n, err
}

// expect notes the TTL of a PING: the peer wants to be given up when nothing follows within it. 0: it need not be. Only for
// the reader.
func (w *wire) expect(ttl time.Duration) { w.ttl = ttl }

func (w *wire) Write(p []byte) (written int, err error) {
	if w.direct != nil {
		written, err = w.writeAtOnce(p)
		if err != nil || written == len(p) {
			return written, err
		}
		p = p[written:]
		defer w.SetWriteDeadline(time.Time{}) // or it would be that of what is written at once later
	}
	for len(p) > 0 {
		if w.timeout > 0 {
			if err := w.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
				return written, err
			}
		}
		n, err := w.Conn.Write(p[:min(len(p), writePiece)])
		w.traffic.BytesOut.Add(uint64(n))
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}

// writeAtOnce writes what the network takes without waiting. Most often it is all, and then no deadline was needed.
func (w *wire) writeAtOnce(p []byte) (n int, err error) {
	if len(p) > 0 {
		n, err = w.direct.WriteAtOnce(p[:min(len(p), writePiece)])
		w.traffic.BytesOut.Add(uint64(n))
	}
	return n, err
}

// tally counts what the kernel has taken. With encryption that is what has left in whole frames.
type tally struct {
	io.Writer
	total int64
}

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	t.total += int64(n)
	return n, err
}

// written is how many bytes the kernel has taken, offset how many it will have when what is buffered is flushed. Only for
// the writer, and for whoever has joined it.
func (g *guard) written() int64 { return g.out.total }
func (g *guard) offset() int64  { return g.out.total + int64(g.buf.Buffered()) }
