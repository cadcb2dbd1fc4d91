//go:build !js

package wsconn

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// closeFrameTime is how long a close frame may take to be handed to the network, which most often takes it at once.
const closeFrameTime = 100 * time.Millisecond

// EndAtOnce ends a connection that was accepted, as Drop does, but tells the peer with which code and why. Close would
// wait for the peer's answer, and most often nobody is there. Only the goroutine that writes may call it.
func (c *Conn) EndAtOnce(code core.CloseCode, reason string) error {
	if c.tcp == nil {
		return c.Drop()
	}
	out, conn := &c.tcp.out, c.tcp.Conn // past the library, which would wait
	if !out.mu.TryLock() {
		return c.Drop()
	}
	conn.SetWriteDeadline(time.Now().Add(closeFrameTime))
	err := out.finish(conn)
	if err == nil {
		_, err = conn.Write(closeFrame(code, reason))
	}
	out.mu.Unlock()
	return errors.Join(err, c.Drop())
}

// closeFrame is an unmasked close frame, https://www.rfc-editor.org/rfc/rfc6455#section-5.5.1
func closeFrame(code core.CloseCode, reason string) []byte {
	const finalClose, maxReason = 0x88, 123
	reason = reason[:min(len(reason), maxReason)]
	frame := binary.BigEndian.AppendUint16([]byte{finalClose, byte(2 + len(reason))}, uint16(code))
	return append(frame, reason...)
}
