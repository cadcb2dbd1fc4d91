package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

var (
	// ErrQueueFull refuses what a queue has no room for.
	ErrQueueFull = core.NewError(core.Busy, "too much is queued towards this peer")

	// ErrGone refuses what was to go over a connection that has ended.
	ErrGone = core.NewError(core.Lost, "the connection the request came over is gone")
)

// errSilent ends a connection whose peer has not given a sign of life for too long.
var errSilent = errors.New("the peer is silent")

// parting is the end of a connection in the middle of its handshake. libzmq hangs up without a word when the other socket is
// of a type that it does not talk to, and often before it has said which it is itself.
type parting struct {
	error
	question string
}

func (p parting) Unwrap() error { return p.error }

// Describe puts an error of the network or of a handshake into words for people.
func Describe(err error) string {
	var coded *core.Error
	var dns *net.DNSError
	var left parting
	switch {
	case err == nil:
		return "not connected"
	case errors.As(err, &coded):
		return coded.Text
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused: nobody listens there"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return "no answer in time"
	case errors.As(err, &dns):
		return "the host name cannot be resolved"
	case errors.As(err, &left):
		return "the peer closed the connection in the handshake; " + left.question
	case IsEnd(err):
		return "the peer closed the connection"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// IsEnd tells whether an error means that the peer has ended the connection, in whatever way.
func IsEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isHangUp(err)
}

// isHangUp tells a connection that the peer has closed from one that failed otherwise. zmq4.ErrClosedConn is what a writer
// is told when the reader has met the end first.
func isHangUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, zmq4.ErrClosedConn)
}

// IsViolation tells whether an error means that the peer broke the protocol, exceeded a limit or is of the wrong type, rather
// than that it is merely gone.
func IsViolation(err error) bool {
	code := core.CodeOf(err)
	return code == core.Protocol || code == core.TooLarge || IsMisfit(err)
}

// ProtocolError says what the peer sent that it should not have.
func ProtocolError(format string, args ...any) error {
	return &core.Error{Code: core.Protocol, Text: "the peer sent " + fmt.Sprintf(format, args...)}
}

// LimitError says what the peer sent that was too much.
func LimitError(format string, args ...any) *core.Error {
	return &core.Error{Code: core.TooLarge, Text: "the peer sent " + fmt.Sprintf(format, args...)}
}
