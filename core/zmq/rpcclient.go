package zmq

import (
	"context"
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/service"
)

// Requester sends a request and waits for the reply. A REQ [Socket] is a Requester.
type Requester interface {
	Request(ctx context.Context, parts ...[]byte) (Message, error)
}

// Kwargs are keyword arguments: the last argument of a call, or the last parameter of a method that serves calls.
type Kwargs = service.Kwargs

// Description is what a server tells of itself.
type Description = service.Description

// RPCClient calls functions of the RPC server behind a REQ socket. It is safe for concurrent use.
type RPCClient struct{ req Requester }

// NewRPCClient makes a client of a socket. The caller still owns the socket and closes it.
func NewRPCClient(req Requester) *RPCClient { return &RPCClient{req} }

// Call calls a function. encoding/json has to be able to write the arguments, and the last one may be [Kwargs]. Call returns
// what the function has returned, as JSON. It is nil if a page's function returned undefined. A server in Python may return
// NaN, Infinity and -Infinity, which stand there as Python writes them, and which encoding/json does not read.
//
// If the function itself has answered with an error, the error is a [*CallError] with the code [Failed].
func (c *RPCClient) Call(ctx context.Context, function string, args ...any) (json.RawMessage, error) {
	positional, keyword, err := marshalArgs(args)
	if err != nil {
		return nil, err
	}
	request, err := rpc.AppendCall(nil, function, positional, keyword)
	if err != nil {
		return nil, err
	}
	reply, err := c.req.Request(ctx, request)
	if err != nil {
		return nil, err
	}
	return returned(envelope(reply))
}

// returned is the value that an answer carries, or the error.
func returned(answer []byte) (json.RawMessage, error) {
	value, err := rpc.ParseReturn(answer)
	if e, ok := core.AsError(err); ok && e.Code == core.Failed {
		return nil, &CallError{Code: e.Code, Text: e.Text, Type: rpc.ErrorType(answer)}
	}
	return value, err
}

// Describe asks what functions the server has. One that does not tell, as those of 2012 do not, answers with the code [Failed].
func (c *RPCClient) Describe(ctx context.Context) (Description, error) {
	return Call[Description](ctx, c, "rpc.describe")
}

// Call is [RPCClient.Call] for a function whose value is decoded into T. undefined and null give the zero value of T. NaN and
// Infinity can be had as a float64; anywhere else they are an error.
func Call[T any](ctx context.Context, c *RPCClient, function string, args ...any) (T, error) {
	var value T
	raw, err := c.Call(ctx, function, args...)
	if err != nil || raw == nil {
		return value, err
	}
	if err := jsvalue.Unmarshal(raw, &value); err != nil {
		return *new(T), core.NewError(core.Protocol, function+" returned something else: "+err.Error())
	}
	return value, nil
}

// envelope is the part of a message with the text of the RPC call: the last one, whatever stands before it.
func envelope(m Message) []byte {
	if len(m) == 0 {
		return nil
	}
	return m[len(m)-1]
}

// marshalArgs makes JSON of arguments: an array, and an object if the last one is a Kwargs. Each is nil if there are none.
func marshalArgs(args []any) (positional, keyword []byte, err error) {
	if n := len(args); n > 0 {
		if kwargs, ok := args[n-1].(Kwargs); ok {
			args = args[:n-1]
			if keyword, err = jsvalue.Marshal("keyword arguments", kwargs); err != nil {
				return nil, nil, err
			}
		}
	}
	if len(args) > 0 {
		positional, err = jsvalue.Marshal("arguments", args)
	}
	return positional, keyword, err
}
