package zmq

import (
	"context"
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Requester asks and waits for the answer. A REQ [Socket] is one.
type Requester interface {
	Request(ctx context.Context, parts ...[]byte) (Message, error)
}

// Kwargs are keyword arguments: the last argument of a call, or the last parameter of a method that serves calls.
type Kwargs map[string]any

// RPCClient calls functions of the RPC server behind a REQ socket. It is safe for concurrent use.
type RPCClient struct{ req Requester }

// NewRPCClient makes a client of a socket, which stays the caller's.
func NewRPCClient(req Requester) *RPCClient { return &RPCClient{req} }

// Call calls a function with arguments that encoding/json can write; the last may be [Kwargs]. It returns the JSON of what
// the function returned: nil when that was JavaScript's undefined.
//
// An error that the function itself answered with is a [Failed] one, and Remote.
func (c *RPCClient) Call(ctx context.Context, function string, args ...any) (json.RawMessage, error) {
	positional, keyword, err := marshalArgs(args)
	if err != nil {
		return nil, err
	}
	request, err := core.AppendCall(nil, function, positional, keyword)
	if err != nil {
		return nil, err
	}
	reply, err := c.req.Request(ctx, request)
	if err != nil {
		return nil, err
	}
	return core.ParseReturn(envelope(reply))
}

// Call is [RPCClient.Call] for a function whose value fits T; undefined and null are T's zero value.
func Call[T any](ctx context.Context, c *RPCClient, function string, args ...any) (T, error) {
	var value T
	raw, err := c.Call(ctx, function, args...)
	if err != nil || raw == nil {
		return value, err
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return *new(T), core.NewError(core.Protocol, function+" returned something else: "+err.Error())
	}
	return value, nil
}

// envelope is the part of a message that the RPC text stands in: the last, whatever stands before it.
func envelope(m Message) []byte {
	if len(m) == 0 {
		return nil
	}
	return m[len(m)-1]
}

// marshalArgs makes JSON of arguments: an array, and an object of the Kwargs at their end. Either is nil for none.
func marshalArgs(args []any) (positional, keyword []byte, err error) {
	if n := len(args); n > 0 {
		if kwargs, ok := args[n-1].(Kwargs); ok {
			args = args[:n-1]
			if keyword, err = marshal("keyword arguments", kwargs); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(args) > 0 {
		positional, err = marshal("arguments", args)
	}
	return positional, keyword, err
}
