package zmq

import (
	"context"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// RPCOptions of an RPC server; the zero value works.
type RPCOptions struct {
	// Authorized lists the functions that may be called, by either name. Default, nil: all.
	Authorized []string

	Log *slog.Logger // told of panics, and of what a published call ran into; default slog.Default()
}

// RPCServer answers calls with the exported methods of a Go value, each by its own name and its snake_case form: AddUser
// is also add_user.
//
//	type Users struct{ … }
//
//	func (u *Users) Add(a, b int) int                              // add(1, 2)
//	func (u *Users) AddUser(name string, o *UserOptions) error     // add_user("hugo", type="girl")
//	func (u *Users) CanAddUser(name string, o *UserOptions) bool   // asked first
//
// A method takes a context.Context first if it likes, then what encoding/json reads the arguments into, one each, the
// last ones variadic if it likes. Keyword arguments need a last parameter that is [Kwargs] or a pointer to a struct; it is
// never nil. A method returns a value that encoding/json writes, an error, both in this order, or nothing, which is null.
// The text of its error is sent: write it for the caller. A panic is answered with "unknown error", and logged.
//
// A method Can<Method> with the same parameters guards <Method>: it returns a bool, an error, or both, and false or an
// error refuse the call with "unauthorized access". Methods of such a name cannot be called themselves.
//
// Exported methods of other shapes cannot be called. All others can, those of embedded types too.
type RPCServer struct{ service *service }

// NewRPCServer makes a server of a value. It refuses a value with no method to call, a guard that guards nothing, an
// Authorized function that there is not, and a value that is a sync.Locker, unless Authorized says what may be called.
func NewRPCServer(value any, opts RPCOptions) (*RPCServer, error) {
	s, err := newService(value, opts)
	if err != nil {
		return nil, err
	}
	return &RPCServer{s}, nil
}

// Handle answers one request, the text of a call with the text of its return. It never fails: what goes wrong is in the
// answer. It is all that an RPC server is, so a backend can serve the same value on a REP socket of any ZeroMQ library.
// It may be called concurrently if the value's methods may.
func (s *RPCServer) Handle(ctx context.Context, request []byte) (reply []byte) {
	value, err := s.handle(ctx, request)
	if err == nil {
		reply, err = core.AppendReturn(nil, value)
	}
	if err != nil {
		return core.AppendReturnError(nil, text(err))
	}
	return reply
}

func (s *RPCServer) handle(ctx context.Context, request []byte) ([]byte, error) {
	call, err := core.ParseCall(request)
	if err != nil {
		return nil, err
	}
	return s.service.call(ctx, call)
}

// Serve answers what arrives at a REP socket, as Socket.Serve does.
func (s *RPCServer) Serve(ctx context.Context, rep *Socket) error {
	return rep.serve(ctx, func(r *Request) error {
		err := r.Reply(ctx, s.Handle(ctx, envelope(r.Parts)))
		if core.CodeOf(err) == core.TooLarge {
			err = r.Reply(ctx, core.AppendReturnError(nil, "the returned value is too large"))
		}
		return delivered(err)
	})
}

// text is what the caller is told of an error: without the code where it is one of ours.
func text(err error) string {
	if e, ok := err.(*Error); ok {
		return e.Text
	}
	return err.Error()
}
