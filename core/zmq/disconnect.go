package zmq

import (
	"context"
	"fmt"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Disconnect takes back a Connect of the same address, and waits until the bridge has let go of it. The socket goes on with
// its other addresses. What has come from there before is still received. What waits to be sent there goes to the other
// addresses; if there are none, it fails with [Unavailable]. A request that was sent there and not answered fails with
// [Lost], unless it is idempotent.
//
// The error is [Invalid] if the socket is not connected there, and [Unsupported] if the bridge is too old for this. If ctx
// ends first, the socket is disconnected all the same.
func (s *Socket) Disconnect(ctx context.Context, address string) error {
	return s.detach(ctx, address, s.typ == REP)
}

// Unbind is Disconnect for an address that was bound. When it returns, nobody listens there any more, unless another client
// of the bridge does.
func (s *Socket) Unbind(ctx context.Context, address string) error {
	return s.detach(ctx, address, true)
}

func (s *Socket) detach(ctx context.Context, address string, bind bool) error {
	number, waits, err := s.letGo(address, bind)
	if err != nil || !waits {
		return err
	}
	return s.ctx.await(ctx, &s.changed, func() bool { return !s.leaving[number] || s.closed != nil })
}

func (s *Socket) letGo(address string, bind bool) (number uint64, waits bool, err error) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	if s.closed != nil {
		return 0, false, s.closed
	}
	i := slices.IndexFunc(s.endpoints, func(ep *endpoint) bool {
		return ep.address == address && (ep.bound == bind || s.typ == REP)
	})
	if i < 0 {
		return 0, false, core.NewError(core.Invalid, fmt.Sprintf("the socket is not attached to %.200q", address))
	}
	number = s.endpoints[i].number
	if waits, err = s.ctx.engine.Disconnect(s.id, number); err != nil {
		return 0, false, err
	}
	s.endpoints = slices.Delete(s.endpoints, i, i+1)
	if waits {
		if s.leaving == nil {
			s.leaving = map[uint64]bool{}
		}
		s.leaving[number] = true
	}
	s.cutOff = s.allRefused()
	s.changed.Fire()
	return number, waits, nil
}

// allRefused is the last refusal if the socket has endpoints, and every one of them was refused.
func (s *Socket) allRefused() (why *Error) {
	for _, ep := range s.endpoints {
		if why = ep.refused; why == nil {
			return nil
		}
	}
	return why
}

// endpoint finds the endpoint with this number. The engine tells nothing of one that was disconnected.
func (s *Socket) endpoint(number uint64) *endpoint {
	i := slices.IndexFunc(s.endpoints, func(ep *endpoint) bool { return ep.number == number })
	if i < 0 {
		return &endpoint{}
	}
	return s.endpoints[i]
}
