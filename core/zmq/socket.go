package zmq

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/signal"
)

// SocketOptions of a socket; the zero value works.
type SocketOptions struct {
	// Identity is the name by which other sockets know this one, at most 255 bytes. A backend that wants to reach a certain
	// REP puts its identity into the request; a ROUTER sees the identity of a DEALER. Default: a random one for REP, none
	// for the others.
	Identity string

	RequestTimeout time.Duration // of requests whose context has no deadline; default Options.RequestTimeout

	// Idempotent says that a backend may get what this socket sends more than once. A request of a REQ is sent again if its answer was lost. What a PUSH
	// has sent is sent again if the session was lost and the bridge had not said that it has left: in order, and before what is sent
	// later. The Context has an EventRecovered then, which says how many messages that are. Up to 16 MiB are kept for that.
	Idempotent bool
}

func (o SocketOptions) withDefaults(t SocketType, c Options) SocketOptions {
	if o.Identity == "" && t == REP {
		o.Identity = rand.Text()
	}
	setDefault(&o.RequestTimeout, c.RequestTimeout)
	return o
}

// Socket is a ZeroMQ socket. It is safe for concurrent use.
//
// What a socket can do depends on its type, as always in ZeroMQ. Request is for REQ, Requests and Serve are for REP,
// Subscribe is for SUB and XSUB, Messages and Recv are for types that receive messages, and Send is for types that send of
// their own accord. A method that does not fit the type returns an [Invalid] error.
type Socket struct {
	ctx  *Context
	id   uint32
	typ  SocketType
	opts SocketOptions

	// The lock of ctx guards everything that follows.

	endpoints     []*endpoint
	leaving       map[uint64]bool // endpoints that were disconnected, and that the bridge has yet to let go of
	cutOff        *Error          // the last refusal, if every endpoint is refused
	subscriptions map[uint64]*subscription
	subscribed    bool   // Subscribe was called at some time
	conflated     uint64 // number of messages that were left out as asked
	calls         map[uint64]*call
	inbox         inbox
	sent          bool          // a message was sent since the last gap
	unsent        error         // what became of an earlier message; the next Send returns it
	gone          uint64        // how often a backend that was there went away, or all of them with a session
	placed        bool          // the bridge keeps a history for one of the endpoints
	changed       signal.Signal // fires when any of the above has changed
	closed        *Error
	passed        *outcome // of Shutdown; nil: not yet
}

// endpoint is one address of a socket, and what the bridge has last told about it.
type endpoint struct {
	number  uint64
	address string
	params  string
	bound   bool
	live    bool
	down    *Error // why it is not live
	refused *Error
}

func (ep *endpoint) became(live bool, down *Error) { ep.live, ep.down = live, down }

type subscription struct {
	prefix  string
	opts    client.SubscribeOptions
	live    bool
	refused *Error
}

// Type is the type of the socket.
func (s *Socket) Type() SocketType { return s.typ }

// Identity is the name by which other sockets know this one; see SocketOptions.
func (s *Socket) Identity() string { return s.opts.Identity }

// Connect adds an address, or a name that the bridge gives a meaning to. params are for the bridge's authorization: a value
// that is a JSON object, such as a map or a struct, or nil.
//
// As in ZeroMQ, nothing has happened yet when Connect returns. Ready tells whether the bridge allows the address and whether
// the backend is there. If the bridge refuses, requests and Messages fail with its error, too.
//
// As in libzmq, a REQ, SUB, PUB or DEALER connects to an address once: to connect to it again changes nothing.
func (s *Socket) Connect(address string, params any) error {
	return s.attach(address, params, false, s.ctx.engine.Connect)
}

// again tells whether to connect to an address would change nothing. The caller holds the lock.
func (s *Socket) again(address, params string) bool {
	switch s.typ {
	case REQ, SUB, PUB, DEALER:
	default:
		return false
	}
	return slices.ContainsFunc(s.endpoints, func(ep *endpoint) bool {
		return !ep.bound && ep.refused == nil && ep.address == address && ep.params == params
	})
}

// Bind is Connect for an address on which the bridge is to listen, so that backends connect to this socket. The bridge
// listens for a REP in any case, so Connect and Bind are the same there.
func (s *Socket) Bind(address string, params any) error {
	return s.attach(address, params, true, s.ctx.engine.Bind)
}

func (s *Socket) attach(address string, params any, bound bool, add func(uint32, string, []byte) (uint64, error)) error {
	object, err := jsvalue.Marshal("parameters", params)
	if err != nil {
		return err
	}
	if object != nil && object[0] != '{' {
		return core.NewError(core.Invalid, "parameters are a JSON object")
	}
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	if s.closed != nil {
		return s.closed
	}
	if !bound && s.again(address, string(object)) {
		return nil
	}
	number, err := add(s.id, address, object)
	if err != nil {
		return err
	}
	s.endpoints = append(s.endpoints, &endpoint{number: number, address: address, params: string(object), bound: bound})
	s.cutOff = nil
	s.changed.Fire()
	return nil
}

// Ready waits until every address is allowed, every backend is connected, and every subscription is live. Nothing that is
// published from then on is missed. If the bridge refuses something, Ready returns the error at once. For a backend that is
// not there it waits; when ctx ends, the error names the backend.
func (s *Socket) Ready(ctx context.Context) error {
	var refused, missing error
	err := s.ctx.await(ctx, &s.changed, func() bool {
		if refused = s.refusal(); refused == nil {
			missing = s.missing()
		}
		return refused != nil || missing == nil
	})
	switch {
	case err == nil:
		return refused
	case missing != nil:
		return fmt.Errorf("%w: %w", err, missing)
	}
	return err
}

// refusal says why the socket will not become ready; nil if it still can.
func (s *Socket) refusal() error {
	if s.closed != nil {
		return s.closed
	}
	if len(s.endpoints) == 0 {
		return core.NewError(core.Invalid, "the socket was not connected to anything")
	}
	for _, ep := range s.endpoints {
		if ep.refused != nil {
			return ep.refused
		}
	}
	for _, sub := range s.subscriptions {
		if sub.refused != nil {
			return sub.refused
		}
	}
	return nil
}

// missing says why the socket is not ready yet; nil if it is.
func (s *Socket) missing() error {
	for _, ep := range s.endpoints {
		switch {
		case ep.live:
		case ep.down != nil:
			return fmt.Errorf("%s: %w", ep.address, ep.down)
		case s.ctx.status.Err != nil:
			return s.ctx.status.Err
		default:
			return fmt.Errorf("%s: no word of the bridge", ep.address)
		}
	}
	for _, sub := range s.subscriptions {
		if !sub.live {
			return fmt.Errorf("subscription %q: no word of the bridge", sub.prefix)
		}
	}
	return nil
}

// unreachable says why the socket can reach nobody: it is closed, or every address of it was refused. Otherwise it is nil.
func (s *Socket) unreachable() *Error {
	if s.closed != nil {
		return s.closed
	}
	return s.cutOff
}

// refused notes that the bridge refuses an endpoint.
func (s *Socket) refused(ep *endpoint, why *Error) {
	ep.refused = why
	if slices.ContainsFunc(s.endpoints, func(ep *endpoint) bool { return ep.refused == nil }) {
		s.report(why)
	} else {
		s.cutOff = why
	}
}

// reset forgets what the bridge has told on a session that is gone. The next session asks for everything again.
func (s *Socket) reset() {
	s.cutOff = nil
	s.gone++
	clear(s.leaving)
	for _, ep := range s.endpoints {
		ep.live, ep.down, ep.refused = false, nil, nil
	}
	for id, sub := range s.subscriptions {
		sub.live = false
		if sub.refused != nil { // the engine has dropped it, so it is made again
			delete(s.subscriptions, id)
			s.subscribe(sub.prefix, sub.opts)
		}
	}
	if s.typ == REP {
		s.inbox.clear() // requests of the session that is gone cannot be answered any more
	}
	s.changed.Fire()
}

// shut ends the socket. Everything on it fails with why from now on. The caller holds the lock.
func (s *Socket) shut(why *Error) {
	s.closed = why
	delete(s.ctx.sockets, s.id)
	for id := range s.calls {
		s.finish(id, nil, why)
	}
	s.ctx.room.Fire()
	s.changed.Fire()
}
