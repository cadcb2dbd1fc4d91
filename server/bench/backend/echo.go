package backend

import (
	"net"
	"time"
)

// Echo is a REP that sends every request back.
type Echo struct{ *listener }

// NewEcho listens at host:port.
func NewEcho(address string) (*Echo, error) {
	l, err := listen(address, echo)
	if err != nil {
		return nil, err
	}
	return &Echo{l}, nil
}

// echo serves one connection until it ends. What came with one read is answered with one write.
func echo(conn net.Conn) {
	if greet(conn, "REP") != nil {
		return
	}
	var out []byte
	answer := func(frame []byte, flags byte, body []byte) {
		if flags&flagCommand == 0 {
			out = append(out, frame...)
		} else {
			out = appendPong(out, body)
		}
	}
	readFrames(conn, answer, func() error { // its end is the peer's, or Close
		if len(out) == 0 {
			return nil
		}
		conn.SetWriteDeadline(time.Now().Add(patience))
		_, err := conn.Write(out)
		out = out[:0]
		return err
	})
}
