package zmq

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/stream"
)

// SendReceiver sends and receives messages. A DEALER or ROUTER [Socket] is one, and so can be the socket of another ZeroMQ
// library.
type SendReceiver interface {
	Sender
	Recv(ctx context.Context) (Message, error)
}

// StreamOptions bound what is open at an [RPCServer.ServeRouter].
type StreamOptions = stream.Options

// StreamClientOptions of a [StreamClient]; the zero value works.
type StreamClientOptions = stream.ClientOptions

// ServeRouter answers calls and sends streams on a ROUTER, until ctx ends or the socket is closed. Methods run at the same
// time, each call on a goroutine of its own, so they have to allow that. ServeRouter returns when all of them have returned.
func (s *RPCServer) ServeRouter(ctx context.Context, router SendReceiver) error {
	return stream.Serve(ctx, conn(router), s, s.streams)
}

// Stream yields what a method that returns an iterator yields, as JSON. ServeRouter calls it.
func (s *RPCServer) Stream(ctx context.Context, call rpc.Call) iter.Seq2[[]byte, error] {
	return s.service.Stream(ctx, call)
}

// StreamClient has streams of an RPC server behind a ROUTER, which it asks on a DEALER. The DEALER is connected to this one
// server. A StreamClient is a [Requester], too, so an [RPCClient] can call the functions of the same server on it. It is safe for
// concurrent use.
type StreamClient struct{ client *stream.Client }

// NewStreamClient makes a client of a socket, which nobody else receives from. The caller still owns the socket, and closes it
// after the client.
func NewStreamClient(dealer SendReceiver, opts StreamClientOptions) *StreamClient {
	return &StreamClient{stream.NewClient(conn(dealer), opts)}
}

// Close cancels the streams that are open.
func (c *StreamClient) Close() { c.client.Close() }

// Stream calls a function that is a stream, when it is ranged over. It takes arguments as [RPCClient.Call] does, and yields
// items as Call returns values. A loop that is slow slows down the server: never more than StreamClientOptions.Credit items wait. Leaving the
// loop, or the end of ctx, cancels the function.
//
// An error is the last thing that it yields. It is a [*CallError] if the server has said so. It has the code [Unsupported] if the
// server has no streams, [Lost] if server or bridge went away, and [Timeout] if the server does not answer any more.
func (c *StreamClient) Stream(ctx context.Context, function string, args ...any) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		positional, keyword, err := marshalArgs(args)
		if err != nil {
			yield(nil, err)
			return
		}
		for item, err := range c.client.Stream(ctx, function, positional, keyword) {
			if !yield(item, err) {
				return
			}
		}
	}
}

// Stream is [StreamClient.Stream] with items that are decoded into T, as [Call] decodes values.
func Stream[T any](ctx context.Context, c *StreamClient, function string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item, err := range c.Stream(ctx, function, args...) {
			var value T
			if err == nil {
				err = jsvalue.Unmarshal(item, &value)
				if err != nil {
					err = core.NewError(core.Protocol, function+" sent something else: "+err.Error())
				}
			}
			if !yield(value, err) || err != nil {
				return
			}
		}
	}
}

// Request calls a function that is no stream; see [RPCClient].
func (c *StreamClient) Request(ctx context.Context, parts ...[]byte) (Message, error) {
	return c.client.Request(ctx, parts...)
}

// conn makes a Conn of a socket.
func conn(s SendReceiver) stream.Conn {
	if socket, ok := s.(*Socket); ok {
		return &ownConn{Socket: socket}
	}
	return s
}

// ownConn is a Socket of this package, which tells what has become of its endpoints.
type ownConn struct {
	*Socket
	seen uint64 // how often a backend had gone when Recv last looked
}

// Recv returns the next message. When the backend goes away, or its session, that is an interruption, and so is every error after
// which the socket goes on.
func (c *ownConn) Recv(ctx context.Context) (Message, error) {
	d, last := c.nextUnless(ctx, &c.seen)
	c.consumed(d)
	switch {
	case d.err == nil:
		return d.msg, nil
	case last:
		return nil, d.err
	}
	var gap *GapError
	if errors.As(d.err, &gap) {
		return nil, &stream.Interruption{Err: &Error{Code: gap.Code, Text: gap.Error()}}
	}
	return nil, &stream.Interruption{Err: d.err, Unsent: d.err != error(errGone)}
}

// nextUnless is next, unless a backend goes away meanwhile.
func (s *Socket) nextUnless(ctx context.Context, seen *uint64) (d delivery, last bool) {
	err := s.ctx.await(ctx, &s.changed, func() bool {
		if s.take(&d, &last) {
			return true
		}
		if s.gone == *seen {
			return false
		}
		*seen, d.err = s.gone, errGone
		return true
	})
	if err != nil {
		return delivery{err: err}, true
	}
	return d, last
}

var errGone = core.NewError(core.Lost, "the server went away")
