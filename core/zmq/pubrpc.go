package zmq

import (
	"context"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/service"
)

// Sender sends a message. A [Socket] of a type that sends is a Sender, and with SenderFunc the socket of any other ZeroMQ
// library is one.
type Sender interface {
	Send(ctx context.Context, parts ...[]byte) error
}

// SenderFunc makes a Sender of a function.
type SenderFunc func(ctx context.Context, parts ...[]byte) error

// Send calls f.
func (f SenderFunc) Send(ctx context.Context, parts ...[]byte) error { return f(ctx, parts...) }

// PubRPCClient publishes calls. Every PubRPCServer that is subscribed executes them, and none answers.
type PubRPCClient struct{ pub Sender }

// NewPubRPCClient makes a client of a PUB socket. The caller still owns the socket and closes it.
func NewPubRPCClient(pub Sender) *PubRPCClient { return &PubRPCClient{pub} }

// Call publishes a call. encoding/json has to be able to write the arguments. Published calls have no keyword arguments.
func (c *PubRPCClient) Call(ctx context.Context, function string, args ...any) error {
	positional, keyword, err := marshalArgs(args)
	if err != nil {
		return err
	}
	if keyword != nil {
		return core.NewError(core.Invalid, "a published call has no keyword arguments")
	}
	call, err := rpc.AppendPubCall(nil, function, positional)
	if err != nil {
		return err
	}
	return c.pub.Send(ctx, call)
}

// PubRPCServer executes published calls with the methods of a Go value; [RPCServer] says which methods these are. What they
// return is dropped.
type PubRPCServer struct{ service *service.Service }

// NewPubRPCServer makes a server of a value; see NewRPCServer.
func NewPubRPCServer(value any, opts RPCOptions) (*PubRPCServer, error) {
	s, err := service.New(value, opts.service())
	if err != nil {
		return nil, err
	}
	return &PubRPCServer{s}, nil
}

// Handle executes one call. The error is the one that an RPCServer would have answered with.
func (s *PubRPCServer) Handle(ctx context.Context, call []byte) error {
	parsed, err := rpc.ParseCall(call)
	if err == nil {
		_, err = s.service.Call(ctx, parsed)
	}
	return err
}

// Serve executes the calls that arrive at a SUB socket, one after the other, until ctx ends or the socket is closed. It logs
// errors of calls and gaps, because there is nobody to whom they could be returned. A socket that has never subscribed to
// anything is subscribed to everything.
func (s *PubRPCServer) Serve(ctx context.Context, sub *Socket) (last error) {
	if err := sub.everything(); err != nil {
		return err
	}
	for msg, err := range sub.Messages(ctx) {
		last = err
		if err == nil {
			err = s.Handle(ctx, envelope(msg))
		}
		if err != nil {
			s.service.Log.Log(ctx, severity(err), "published call", "err", err)
		}
	}
	return last
}

// severity is the level at which Serve logs an error. If something else was published than a call for this server, or if the
// server ends, nobody has to look into it.
func severity(err error) slog.Level {
	switch core.CodeOf(err) {
	case core.Protocol, core.Invalid, core.Canceled, core.Closed:
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
