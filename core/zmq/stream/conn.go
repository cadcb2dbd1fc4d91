package stream

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Conn is a socket that sends and receives. Here only one goroutine receives at a time, and only one sends.
type Conn interface {
	Send(ctx context.Context, parts ...[]byte) error
	// Recv returns the next message. An error says that none will come any more, unless it is an [*Interruption].
	Recv(ctx context.Context) (core.Message, error)
}

// Interruption is an error of Recv after which further messages may come. What was sent or received before may be lost.
type Interruption struct {
	Err    error
	Unsent bool // a message that was sent has not arrived, and nothing else was lost
}

func (e *Interruption) Error() string { return e.Err.Error() }

// Unwrap gives the error.
func (e *Interruption) Unwrap() error { return e.Err }

// turn lets one goroutine at a time send on a Conn. Unlike a lock, it can be waited for with a context.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) send(ctx context.Context, conn Conn, parts core.Message) error {
	select {
	case t <- struct{}{}:
		defer func() { <-t }()
		return conn.Send(ctx, parts...)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// split divides a message into its envelope, which ends with the first empty part, and its text, which is the last part. ok is false
// if there is no envelope with something in it, or nothing behind it.
func split(m core.Message) (envelope core.Message, text []byte, ok bool) {
	for i, part := range m {
		if len(part) == 0 {
			return m[: i+1 : i+1], m[len(m)-1], i > 0 && i+1 < len(m)
		}
	}
	return nil, nil, false
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}
