//go:build !js

package wsconn

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// What is here is for connections whose peer knows nothing of this project: they were accepted with Options.Either.

// ReadEither is Read, and tells whether the message is text.
func (c *Conn) ReadEither(ctx context.Context) (message []byte, text bool, err error) {
	c.text = false // what does not go through the library is binary
	message, err = c.Read(ctx)
	return message, c.text, err
}

// finalText begins a text message that is one frame, without extensions.
const finalText = 0x81

// Send sends one message, which is made of pieces, as one frame, and waits until the network has taken it. If it takes longer than within, the
// error is a *core.CloseError with CloseOverloaded. Who uses it uses neither Write nor TryWrite.
func (c *Conn) Send(text bool, pieces [][]byte, within time.Duration) error {
	first := byte(finalBinary)
	if text {
		first = finalText
	}
	s, conn := &c.tcp.out, c.tcp.Conn
	s.mu.Lock()
	defer s.mu.Unlock()
	conn.SetWriteDeadline(time.Now().Add(within))
	defer conn.SetWriteDeadline(time.Time{})
	if err := s.finish(conn); err != nil {
		return err
	}
	s.begin(first, pieces)
	return s.finish(conn)
}

// pingTime is how long a Ping may take to be handed to the network.
const pingTime = 5 * time.Second

// Ping sends a Ping, unless a message is being written. Ponged tells whether it was answered.
func (c *Conn) Ping() error {
	s, conn := &c.tcp.out, c.tcp.Conn
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	conn.SetWriteDeadline(time.Now().Add(pingTime))
	defer conn.SetWriteDeadline(time.Time{})
	if err := s.finish(conn); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{0x89, 0}); err != nil { // https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2
		return core.NewError(core.Lost, err.Error())
	}
	return nil
}

// Ponged tells whether a Pong has come since it was called last, to whatever Ping. It comes while somebody reads.
func (c *Conn) Ponged() bool { return c.ponged.Swap(false) }
