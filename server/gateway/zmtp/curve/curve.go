package curve

import "net"

// conn is a connection from its greeting on. The two directions share nothing that changes, so that one goroutine may
// read while another one writes. An error ends its direction for good.
type conn struct {
	net.Conn
	in  opener
	out sealer
}

func newConn(nc net.Conn, maxFrame int64, inPrefix, outPrefix string) *conn {
	c := &conn{Conn: nc}
	c.in = opener{source: source{conn: nc}, prefix: inPrefix, maxFrame: uint64(max(maxFrame, maxCommand))}
	c.in.step = c.in.message
	c.out = sealer{conn: nc, prefix: outPrefix, greeting: greetingSize}
	c.out.step = c.out.message
	return c
}

// secure gives both directions the key of the connection, [S',C'].
func (c *conn) secure(key *[KeySize]byte) { c.in.key, c.out.key = key, key }

// Read reads the stream a NULL peer would send. It returns what has arrived in whole frames, a large frame in pieces.
func (c *conn) Read(p []byte) (int, error) { return c.in.read(p) }

// Write takes the stream a NULL peer would be sent. The frames p completes leave together; the beginning of another one
// is kept until its end is written, because only whole frames can be encrypted. When it fails it returns how much of p
// belongs to frames that the network has taken whole.
func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }

const (
	// ioBuffer is the size of a buffer in quiet times, as in package gateway.
	ioBuffer = 16 << 10

	// keepBuffer is the size up to which a buffer that has grown with a large frame is kept for the next one.
	keepBuffer = 128 << 10
)

// reuse empties a buffer, or gives it up when it has grown too large to be kept.
func reuse(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b[:0]
}
