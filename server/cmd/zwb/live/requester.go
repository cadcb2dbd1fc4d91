package live

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// Requester asks the service that decides, over the gateways of a factory: it is a users.Requester.
type Requester struct{ Gateways *gateway.Factory }

// Request asks once. It returns when ctx ends, at the latest.
func (r Requester) Request(ctx context.Context, address string, question []byte) ([]byte, error) {
	endpoint, err := core.ParseEndpoint(address)
	if err != nil {
		return nil, err
	}
	service, err := r.Gateways.Req(endpoint)
	if err != nil {
		return nil, err
	}
	defer service.Release()
	type said struct {
		reply core.Message
		err   error
	}
	answered := make(chan said, 1)
	within := 30 * time.Second
	if deadline, limited := ctx.Deadline(); limited {
		within = max(time.Millisecond, time.Until(deadline))
	}
	asked := service.Do(core.Message{question}, within, func(reply core.Message, err error) { answered <- said{reply, err} })
	select {
	case answer := <-answered:
		if answer.err == nil && len(answer.reply) != 1 {
			return nil, core.NewError(core.Failed, "an answer has one part")
		}
		if answer.err != nil {
			return nil, answer.err
		}
		return answer.reply[0], nil
	case <-ctx.Done():
		asked.Cancel()
		return nil, ctx.Err()
	}
}
