package zmq

import (
	"context"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/service"
)

// RPCOptions of an RPC server; the zero value works.
type RPCOptions struct {
	// Authorized lists the functions that may be called, by the name in Go or in snake_case. Default, nil: all.
	Authorized []string

	// Docs says what functions do, by the same names. Who asks for rpc.describe is told it.
	Docs map[string]string

	Log *slog.Logger // for panics and for errors of published calls; default slog.Default()

	Streams StreamOptions // of [RPCServer.ServeRouter]
}

func (o RPCOptions) service() service.Options {
	return service.Options{Authorized: o.Authorized, Docs: o.Docs, Log: o.Log}
}

// RPCServer answers calls with the exported methods of a Go value, each by its own name and its snake_case form: AddUser
// is also add_user.
//
//	type Users struct{ … }
//
//	func (u *Users) Add(a, b int) int                              // add(1, 2)
//	func (u *Users) AddUser(name string, o *UserOptions) error     // add_user("hugo", type="girl")
//	func (u *Users) CanAddUser(name string, o *UserOptions) bool   // is asked first
//
// A method may have a context.Context as its first parameter. Then it has one parameter for each argument, of a type that
// encoding/json can read; it may be variadic. For keyword arguments it has a last parameter that is [Kwargs] or a pointer to
// a struct, which is never nil. A method returns a value that encoding/json can write, an error, both in this order, or
// nothing, which is sent as null. The text of its error is sent to the caller. A panic is logged, and answered with "unknown
// error".
//
// A method Can<Method> with the same parameters guards <Method>. It returns a bool, an error, or both. If it returns false or
// an error, the call is refused with "unauthorized access". A guard cannot be called itself.
//
// Exported methods of other shapes cannot be called. All that have the right shape can, also those of embedded types.
//
// A method that returns an iter.Seq, or an iter.Seq2 of items and errors, is a stream. It is called through
// [RPCServer.ServeRouter] only. When the caller has enough, the context of the call ends, and so does the loop of the
// iterator at its next item.
type RPCServer struct {
	service *service.Service
	streams StreamOptions
}

// NewRPCServer makes a server of a value. The error is [Invalid] if the value has no method that can be called, if it has a
// guard for a method that does not exist, or if Authorized names such a method. A value that is a sync.Locker is refused,
// too, unless Authorized says what may be called, because otherwise every caller could lock it.
func NewRPCServer(value any, opts RPCOptions) (*RPCServer, error) {
	s, err := service.New(value, opts.service())
	if err != nil {
		return nil, err
	}
	return &RPCServer{s, opts.Streams}, nil
}

// Handle answers one request: from the text of a call it makes the text of its answer. It never fails; an error is in the
// answer. It needs no socket, so a backend can use it to serve the same value on a REP socket of any ZeroMQ library. It may
// be called concurrently if the methods of the value may.
func (s *RPCServer) Handle(ctx context.Context, request []byte) (reply []byte) {
	value, err := s.handle(ctx, request)
	if err == nil {
		reply, err = rpc.AppendReturn(nil, value)
	}
	if err != nil {
		_, text, errorType := rpc.Told(err)
		return rpc.AppendTypedError(nil, text, errorType)
	}
	return reply
}

func (s *RPCServer) handle(ctx context.Context, request []byte) ([]byte, error) {
	call, err := rpc.ParseCall(request)
	if err != nil {
		return nil, err
	}
	return s.service.Call(ctx, call)
}

// Serve answers what arrives at a REP socket, as Socket.Serve does.
func (s *RPCServer) Serve(ctx context.Context, rep *Socket) error {
	return rep.serve(ctx, func(r *Request) error {
		err := r.Reply(ctx, s.Handle(ctx, envelope(r.Parts)))
		if core.CodeOf(err) == core.TooLarge {
			err = r.Reply(ctx, rpc.AppendReturnError(nil, "the returned value is too large"))
		}
		return delivered(err)
	})
}
