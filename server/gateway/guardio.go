package gateway

import (
	"net"
	"sync/atomic"
	"time"
)

// lifeReader counts what arrives.
type lifeReader struct{ g *guard }

func (r lifeReader) Read(p []byte) (int, error) {
	n, err := r.g.Conn.Read(p)
	if n > 0 {
		r.g.received.Add(1)
		r.g.bytesIn.Add(uint64(n))
	}
	return n, err
}

// written is how many bytes the kernel has taken, offset how many it will have when what is buffered is flushed. Only for
// the writer, and for whoever has joined it.
func (g *guard) written() int64 { return g.out.total }
func (g *guard) offset() int64  { return g.out.total + int64(g.buf.Buffered()) }

// writePiece is what a peer has to take within one write timeout.
const writePiece = 256 << 10

// deadlineWriter gives every piece of a write a deadline of its own: a large frame may take its time as long as it moves.
type deadlineWriter struct {
	conn    net.Conn
	timeout time.Duration // 0: none; a handshake has one of its own
	bytes   *atomic.Uint64
	total   int64 // bytes the kernel has taken
}

func (w *deadlineWriter) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		if w.timeout > 0 {
			if err := w.conn.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
				return written, err
			}
		}
		n, err := w.conn.Write(p[:min(len(p), writePiece)])
		w.bytes.Add(uint64(n))
		w.total += int64(n)
		written += n
		if err != nil {
			return written, err
		}
		p = p[n:]
	}
	return written, nil
}
