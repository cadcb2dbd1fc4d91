package zmq

import (
	"context"
	"errors"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Request is what a backend asks of a REP socket. Whoever takes it answers it, once.
type Request struct {
	Parts Message

	socket *Socket
	id     uint64
}

// Requests yields what backends ask of a REP socket. It ends as Messages does. Requests that are not answered are the
// backend's to wait for: ZeroMQ has no way to refuse one.
func (s *Socket) Requests(ctx context.Context) iter.Seq2[*Request, error] {
	return func(yield func(*Request, error) bool) {
		for {
			d, last := s.nextRequest(ctx)
			var r *Request
			if d.err == nil {
				r = &Request{Parts: d.msg, socket: s, id: d.request}
			}
			if !yield(r, d.err) || last {
				return
			}
		}
	}
}

func (s *Socket) nextRequest(ctx context.Context) (d delivery, last bool) {
	if s.typ != REP {
		return delivery{err: core.NewError(core.Invalid, "a "+s.typ.String()+" socket does not serve requests")}, true
	}
	return s.next(ctx)
}

// Reply answers the request. When the connection it came on is gone, the answer goes nowhere: that is a [Lost] error.
func (r *Request) Reply(ctx context.Context, parts ...[]byte) error {
	s := r.socket
	return s.withRoom(ctx, func() error { return s.ctx.engine.Reply(s.id, r.id, parts) })
}

// Serve answers the requests of a REP socket with what answer returns, one at a time; several calls of Serve answer as
// many at a time. It returns when ctx ends, the socket is closed or an address is refused, or with the first error of
// answer. What a request did wrong is therefore for the answer itself to say.
func (s *Socket) Serve(ctx context.Context, answer func(context.Context, Message) (Message, error)) error {
	return s.serve(ctx, func(r *Request) error {
		reply, err := answer(ctx, r.Parts)
		if err != nil {
			return err
		}
		return delivered(r.Reply(ctx, reply...))
	})
}

// serve calls handle with every request, until it fails or there will be no more.
func (s *Socket) serve(ctx context.Context, handle func(*Request) error) (err error) {
	for r, failed := range s.Requests(ctx) {
		var gap *GapError
		switch {
		case failed == nil:
			err = handle(r)
		case !errors.As(failed, &gap): // whose requests nobody can answer any more
			err = failed
		}
		if err != nil {
			break
		}
	}
	return err
}

// delivered is the error of a Reply, but for one that came too late: who asked is told by the bridge.
func delivered(err error) error {
	if core.CodeOf(err) == core.Lost {
		return nil
	}
	return err
}
