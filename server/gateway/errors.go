package gateway

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
	errClosed    = core.NewError(core.Closed, "the gateway is closed")
	errCanceled  = core.NewError(core.Canceled, "the request was canceled")
	errTimeout   = core.NewError(core.Timeout, "no reply in time")
	errPending   = core.NewError(core.Busy, "too many requests await their replies from this backend")
	errPeerGone  = core.NewError(core.Lost, "the connection the request came over is gone")
	errAnswered  = core.NewError(core.Invalid, "the request has been answered already")
	errPaired    = core.NewError(core.Conflict, "the socket has its peer")
	errNoSender  = core.NewError(core.Unsupported, "a socket of this type does not send")
	errQueueFull = core.NewError(core.Busy, "too much is queued towards this peer")
)

// errSilent ends a connection whose peer has not given a sign of life for too long.
var errSilent = errors.New("the peer is silent")

// ErrTaken refuses a port of a type that belongs to one page at a time, as long as another page has it.
var ErrTaken = core.NewError(core.Conflict, "the address is in use by another page")

// unavailable turns the reason for which nobody can be reached at place into the error callers see.
func unavailable(place fmt.Stringer, reason error) *core.Error {
	return core.NewError(core.Unavailable, place.String()+": "+describe(reason))
}

// lost is unavailable for what was already on its way.
func lost(place fmt.Stringer, reason error) *core.Error {
	return core.NewError(core.Lost, place.String()+": "+describe(reason))
}

// describe puts an error of the network or of a handshake into words for people.
func describe(err error) string {
	var coded *core.Error
	var dns *net.DNSError
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
	case isEnd(err):
		return "the peer closed the connection"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err.Error()
	}
	return err.Error()
}

// isEnd tells a connection that the peer has ended, in whatever way.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isHangUp(err)
}

// isHangUp tells a connection that the peer has closed from one that failed otherwise. zmq4.ErrClosedConn is what a writer
// is told when the reader has met the end first.
func isHangUp(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, zmq4.ErrClosedConn)
}

// isProtocol tells a peer that misbehaves from one that is merely gone.
func isProtocol(err error) bool {
	code := core.CodeOf(err)
	return code == core.Protocol || code == core.TooLarge
}

// protocolError says what the peer sent that it should not have.
func protocolError(format string, args ...any) error {
	return &core.Error{Code: core.Protocol, Text: "the peer sent " + fmt.Sprintf(format, args...)}
}

func limitError(format string, args ...any) error {
	return &core.Error{Code: core.TooLarge, Text: "the peer sent " + fmt.Sprintf(format, args...)}
}
