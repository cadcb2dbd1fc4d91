//go:build !js

package wsconn

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// overhead is the connection below a WebSocket. It bounds what a peer may send around the bytes of a message: a message can
// be in any number of fragments, with Pings between them, and the library reads fragments without a byte for as long as they
// come. Between messages there may be any number of Pings.
type overhead struct {
	net.Conn
	left atomic.Int64 // bytes that may come before more of the message has; negative: any number
}

// maxOverhead is how many bytes may come around the next ones of a message.
const maxOverhead = 64 << 10

var errOverhead = core.NewCloseError(core.CloseMalformed, "a WebSocket message in too many fragments")

// Read is net.Conn's.
func (o *overhead) Read(b []byte) (int, error) {
	n, err := o.Conn.Read(b)
	if left := o.left.Load(); left >= 0 && n > 0 {
		if int64(n) > left {
			return 0, errOverhead
		}
		o.left.Add(-int64(n))
	}
	return n, err
}

// expect allows so many bytes of a message to come, with what may be around them.
func (o *overhead) expect(bytes int) {
	if o != nil {
		o.left.Store(maxOverhead + int64(bytes))
	}
}

// end is told that the message has ended.
func (o *overhead) end() {
	if o != nil {
		o.left.Store(-1)
	}
}

// hijacker puts an overhead below the WebSocket.
type hijacker struct {
	http.ResponseWriter
	raw *overhead
}

// Hijack implements http.Hijacker.
func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.raw = &overhead{Conn: conn}
	h.raw.end()
	return h.raw, buffered, nil
}

// Unwrap is for http.ResponseController.
func (h *hijacker) Unwrap() http.ResponseWriter { return h.ResponseWriter }
