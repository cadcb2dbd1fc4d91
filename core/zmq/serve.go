package zmq

import (
	"context"
	"errors"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Request is a request of a backend to a REP socket. Whoever takes it answers it once.
type Request struct {
	Parts Message

	socket *Socket
	id     uint64
}

// Requests yields the requests of backends to a REP socket. It ends as Messages does. If a request is not answered, the
// backend waits for ever, because ZeroMQ has no way to refuse a request.
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

// Reply answers the request. If the session in which it came is gone, the answer goes nowhere, and the error is [Lost].
func (r *Request) Reply(ctx context.Context, parts ...[]byte) error {
	s := r.socket
	return s.withRoom(ctx, func() error { return s.ctx.engine.Reply(s.id, r.id, parts) })
}

// Serve answers the requests of a REP socket with what answer returns, one at a time. To answer several at a time, call Serve
// several times. It returns when ctx ends, when the socket is closed or an address is refused, or with the first error of
// answer. So if a request itself is wrong, answer should say this in the message that it returns, not by an error.
func (s *Socket) Serve(ctx context.Context, answer func(context.Context, Message) (Message, error)) error {
	return s.serve(ctx, func(r *Request) error {
		reply, err := answer(ctx, r.Parts)
		if err != nil {
			return err
		}
		return delivered(r.Reply(ctx, reply...))
	})
}

// serve calls handle with every request, until handle fails or no more requests will come.
func (s *Socket) serve(ctx context.Context, handle func(*Request) error) (err error) {
	for r, failed := range s.Requests(ctx) {
		var gap *GapError
		switch {
		case failed == nil:
			err = handle(r)
		case !errors.As(failed, &gap): // a gap does not end the loop: the requests of a lost session cannot be answered any more
			err = failed
		}
		if err != nil {
			break
		}
	}
	return err
}

// delivered returns the error of a Reply, or nil if the reply was only too late. The bridge has then told the backend.
func delivered(err error) error {
	if core.CodeOf(err) == core.Lost {
		return nil
	}
	return err
}
