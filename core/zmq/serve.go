package zmq

import (
	"context"
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
	return s.send(ctx, func() error { return s.ctx.engine.Reply(s.id, r.id, parts) })
}

// Serve answers the requests of a REP socket with what answer returns, one at a time; several calls of Serve answer as
// many at a time. It returns when ctx ends or the socket is closed, or with the first error of answer. What a request
// did wrong is therefore for the answer itself to say.
func (s *Socket) Serve(ctx context.Context, answer func(context.Context, Message) (Message, error)) error {
	for r, err := range s.Requests(ctx) {
		if err != nil {
			return err
		}
		reply, err := answer(ctx, r.Parts)
		if err == nil {
			err = r.Reply(ctx, reply...)
		}
		if err != nil && core.CodeOf(err) != core.Lost {
			return err
		}
	}
	return nil // not reached: the last error ends the loop above
}
