package zmq

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// SocketOptions of a socket; the zero value works.
type SocketOptions struct {
	// Identity is the name other sockets know this one by, at most 255 bytes: what a backend addresses to reach a REP,
	// what a ROUTER sees of a DEALER. Default: a random one for REP, none for the others.
	Identity string

	RequestTimeout time.Duration // default Options.RequestTimeout
	Idempotent     bool          // requests of this socket may be sent to a backend twice, when the first got lost
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
// What a socket does depends on its type, as ever: Request is for REQ, Requests and Serve for REP, Subscribe for SUB,
// Messages and Recv for what receives, Send for what sends unasked. The wrong one is an [Invalid] error.
type Socket struct {
	ctx  *Context
	id   uint32
	typ  SocketType
	opts SocketOptions

	// The lock of ctx guards the rest.

	endpoints     []*endpoint
	cutOff        *Error // the last refusal, when every endpoint is refused
	subscriptions map[uint64]*subscription
	subscribed    bool   // to anything, ever
	conflated     uint64 // messages
	calls         map[uint64]*call
	inbox         inbox
	sent          bool   // anything since the last gap
	unsent        error  // what became of an earlier message, for the next Send
	placed        bool   // the bridge keeps the history of an endpoint
	changed       signal // any of the above
	closed        *Error
}

// endpoint is one address of a socket, and what the bridge last said of it.
type endpoint struct {
	address string
	live    bool
	down    *Error // why it is not live
	refused *Error
}

func (ep *endpoint) became(live bool, down *Error) { ep.live, ep.down = live, down }

type subscription struct {
	prefix  string
	opts    core.SubscribeOptions
	live    bool
	refused *Error
}

// Type of the socket.
func (s *Socket) Type() SocketType { return s.typ }

// Identity is the socket's name, see SocketOptions.
func (s *Socket) Identity() string { return s.opts.Identity }

// Connect adds an address, or a name the bridge gives a meaning to. params are for its authorization: any value that is
// a JSON object, a map or struct say, or nil.
//
// As in ZeroMQ nothing has happened yet when Connect returns. Whether the bridge allows it and the backend is there is
// the answer of Ready; a refusal is also the error of every request and of the messages.
func (s *Socket) Connect(address string, params any) error {
	return s.attach(address, params, s.ctx.engine.Connect)
}

// Bind is Connect for an address the bridge is to listen on, so that backends connect to this socket: a REP's.
func (s *Socket) Bind(address string, params any) error {
	return s.attach(address, params, s.ctx.engine.Bind)
}

func (s *Socket) attach(address string, params any, add func(uint32, string, []byte) (uint64, error)) error {
	object, err := marshal("parameters", params)
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
	if _, err := add(s.id, address, object); err != nil {
		return err
	}
	s.endpoints = append(s.endpoints, &endpoint{address: address})
	s.cutOff = nil
	s.changed.fire()
	return nil
}

// Ready waits until every address is allowed and its backend connected, and every subscription is live: nothing that is
// published from then on is missed. (A SUB socket that never subscribed to anything subscribes to everything first, see
// Messages.) A refusal is an error at once; a backend that is not there is waited for, and named in the error when ctx
// ends.
func (s *Socket) Ready(ctx context.Context) error {
	var refused, missing error
	err := s.ctx.await(ctx, &s.changed, func() bool {
		if refused = s.refusal(); refused == nil {
			refused, missing = s.everything(), s.missing()
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

// refusal is why the socket will not become ready.
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

// missing is why the socket is not ready yet.
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

// unreachable is why the socket can reach nobody: it is closed, or every address it names was refused.
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

// reset forgets what the bridge said, which has forgotten it too: the next session asks again.
func (s *Socket) reset() {
	s.cutOff = nil
	for _, ep := range s.endpoints {
		ep.live, ep.down, ep.refused = false, nil, nil
	}
	for id, sub := range s.subscriptions {
		sub.live = false
		if sub.refused != nil { // the engine has forgotten it
			delete(s.subscriptions, id)
			s.subscribe(sub.prefix, sub.opts)
		}
	}
	if s.typ == REP {
		s.inbox.clear() // who asked cannot be answered any more
	}
	s.changed.fire()
}

// Close ends the socket. Whoever waits on it gets a [Closed] error.
func (s *Socket) Close() {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	if s.closed != nil {
		return
	}
	s.ctx.engine.CloseSocket(s.id)
	s.shut(core.NewError(core.Closed, "the socket was closed"))
}

// shut ends the socket with the reason that everything on it fails with from now on.
func (s *Socket) shut(why *Error) {
	s.closed = why
	delete(s.ctx.sockets, s.id)
	for id := range s.calls {
		s.finish(id, nil, why)
	}
	s.ctx.room.fire()
	s.changed.fire()
}
