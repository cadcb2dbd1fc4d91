package zmq

import (
	"context"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Sender sends a message. A [Socket] of a type that sends is one; SenderFunc makes one of any ZeroMQ library's socket.
type Sender interface {
	Send(ctx context.Context, parts ...[]byte) error
}

// SenderFunc is a function as a Sender.
type SenderFunc func(ctx context.Context, parts ...[]byte) error

// Send calls f.
func (f SenderFunc) Send(ctx context.Context, parts ...[]byte) error { return f(ctx, parts...) }

// PubRPCClient publishes calls: every PubRPCServer that is subscribed executes them, nobody answers.
type PubRPCClient struct{ pub Sender }

// NewPubRPCClient makes a client of a PUB socket, which stays the caller's. A bridge that offers no PUB refuses it with
// [Unsupported]; a backend has a PUB of its own.
func NewPubRPCClient(pub Sender) *PubRPCClient { return &PubRPCClient{pub} }

// Call publishes a call with arguments that encoding/json can write. Published calls have no keyword arguments.
func (c *PubRPCClient) Call(ctx context.Context, function string, args ...any) error {
	positional, keyword, err := marshalArgs(args)
	if err != nil {
		return err
	}
	if keyword != nil {
		return core.NewError(core.Invalid, "a published call has no keyword arguments")
	}
	call, err := core.AppendPubCall(nil, function, positional)
	if err != nil {
		return err
	}
	return c.pub.Send(ctx, call)
}

// PubRPCServer executes published calls with the methods of a Go value, which [RPCServer] describes. What they return
// goes nowhere.
type PubRPCServer struct{ service *service }

// NewPubRPCServer makes a server of a value; see NewRPCServer.
func NewPubRPCServer(value any, opts RPCOptions) (*PubRPCServer, error) {
	s, err := newService(value, opts)
	if err != nil {
		return nil, err
	}
	return &PubRPCServer{s}, nil
}

// Handle executes one call. The error is what an RPCServer would have answered.
func (s *PubRPCServer) Handle(ctx context.Context, call []byte) error {
	parsed, err := core.ParseCall(call)
	if err == nil {
		_, err = s.service.call(ctx, parsed)
	}
	return err
}

// Serve executes the calls that arrive at a SUB socket, one after the other, until ctx ends or the socket is closed.
// Errors of calls and gaps are logged: there is nobody else to tell.
func (s *PubRPCServer) Serve(ctx context.Context, sub *Socket) (last error) {
	for msg, err := range sub.Messages(ctx) {
		last = err
		if err == nil {
			err = s.Handle(ctx, envelope(msg))
		}
		if err != nil {
			s.service.log.Log(ctx, severity(err), "published call", "err", err)
		}
	}
	return last
}

// severity: that something else is published than calls for this server, or that it ends, is nothing to look into.
func severity(err error) slog.Level {
	switch core.CodeOf(err) {
	case core.Protocol, core.Invalid, core.Canceled, core.Closed:
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
