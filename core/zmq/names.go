package zmq

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// These are the names that core and core/rpc have for what the protocol has. They stand here as well, so that a program need not import core.
type (
	// SocketType is a ZeroMQ socket type.
	SocketType = core.SocketType
	// Message is one ZeroMQ message: a list of at least one part.
	Message = core.Message
	// Error is the type of error that every function here returns or wraps.
	Error = core.Error
	// Code says what went wrong, for a program to decide on.
	Code = core.Code
	// CallError is the error with which a remote function answered, and what its server calls it. A method that serves calls
	// may return one, too, to say what the error is called.
	CallError = rpc.CallError
	// Overflow says what becomes of messages that are not consumed as fast as they come, see [SubscribeOptions].
	Overflow = core.Overflow
)

// The overflow policies.
const (
	OverflowDefault = core.OverflowDefault // the bridge decides for the address; DropNewest unless a rule says otherwise
	DropNewest      = core.DropNewest      // the new message is dropped, as ZeroMQ does
	DropOldest      = core.DropOldest      // the message that has waited longest is dropped
	Conflate        = core.Conflate        // only the last message of each topic waits; the topic is the first part of a message
	CloseSlow       = core.CloseSlow       // the socket is closed with the code Busy
)

// The socket types. A bridge refuses those that it does not offer with [Unsupported].
const (
	PAIR   = core.PAIR
	PUB    = core.PUB
	SUB    = core.SUB
	REQ    = core.REQ
	REP    = core.REP
	DEALER = core.DEALER
	ROUTER = core.ROUTER
	PULL   = core.PULL
	PUSH   = core.PUSH
	XPUB   = core.XPUB
	XSUB   = core.XSUB
)

// The codes of errors.
const (
	OK              = core.OK              // no error
	Invalid         = core.Invalid         // the request itself is malformed
	Unauthenticated = core.Unauthenticated // the bridge does not know who this is
	Denied          = core.Denied          // the bridge knows, and the answer is no
	Unsupported     = core.Unsupported     // valid, but not offered here
	Unavailable     = core.Unavailable     // nobody is there; nothing was sent
	Timeout         = core.Timeout         // the deadline passed without an answer
	Canceled        = core.Canceled        // the caller gave up
	Busy            = core.Busy            // a limit on queued or pending work is reached; nothing was sent
	TooLarge        = core.TooLarge        // larger than a limit
	Conflict        = core.Conflict        // an identity or address is in use by somebody else
	Lost            = core.Lost            // the connection went away with the answer outstanding
	Closed          = core.Closed          // the socket, context or bridge was closed
	Protocol        = core.Protocol        // the other end broke the protocol
	Failed          = core.Failed          // the remote application answered with an error
	Internal        = core.Internal        // a bug in the bridge or the client
)

// CodeOf finds the code of an error: OK for nil, Internal for one that carries none.
func CodeOf(err error) Code { return core.CodeOf(err) }
