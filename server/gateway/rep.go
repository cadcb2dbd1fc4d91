package gateway

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/drop"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// RepGateway listens for the requests of backends, REQ or DEALER, and hands them to servers: to pages that answer.
//
// A request whose last part is the identity of an attached server goes to that server, without that part. All others go
// round the servers. When there is none, or every one passes, the request is dropped and counted: like a REP that is
// away, the bridge answers nothing.
type RepGateway struct {
	connections *zmtp.Config
	counters    *counters
	listener    *link.Listener
	release     func()
	turn        atomic.Uint64 // whose turn it is
	unsent      atomic.Int64  // answers that have yet to be written

	mu         sync.Mutex
	servers    []*server // never modified in place: whoever routes keeps the slice
	byIdentity map[string]*server
}

// server is one page that answers.
type server struct {
	identity string
	handle   func(*Incoming)
	stopped  atomic.Bool
}

// maxEnvelope is how many parts of a request may be no part of the message: the ids of proxies on the way, the empty frame, and
// the identity of the page it is for.
const maxEnvelope = 64

func newRepGateway(c *link.Config, n *counters, endpoint core.Endpoint, release func()) (*RepGateway, error) {
	us := zmtp.Self{Type: core.ROUTER, Limits: c.Limits}
	us.Limits.MaxParts += maxEnvelope
	l, err := link.Listen(c, &n.Counters, endpoint, us)
	if err != nil {
		return nil, err
	}
	g := &RepGateway{connections: &c.Config, counters: n, listener: l, release: release, byIdentity: make(map[string]*server)}
	l.Start(g.serve)
	return g, nil
}

// Serve attaches a server. h is called from reader goroutines, several at a time when several backends ask, never with a
// lock held, and must not block. The error is Conflict when another server with the same identity is attached; an empty
// identity conflicts with none and is never addressed. After stop returns no further h is begun.
func (g *RepGateway) Serve(identity string, h func(*Incoming)) (stop func(), err error) {
	s := &server{identity: identity, handle: h}
	g.mu.Lock()
	defer g.mu.Unlock()
	if identity != "" {
		if g.byIdentity[identity] != nil {
			return nil, core.NewError(core.Conflict, "the identity is in use")
		}
		g.byIdentity[identity] = s
	}
	g.servers = append(slices.Clip(g.servers), s)
	return func() { g.detach(s) }, nil
}

func (g *RepGateway) detach(s *server) {
	s.stopped.Store(true)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byIdentity[s.identity] == s {
		delete(g.byIdentity, s.identity)
	}
	g.servers = slices.DeleteFunc(slices.Clone(g.servers), func(other *server) bool { return other == s })
}

// Endpoint is where the gateway listens. Its port is the real one when the factory was asked for port 0.
func (g *RepGateway) Endpoint() core.Endpoint { return g.listener.Endpoint() }

// Watch reports whether the gateway listens, which it does not while it moves from one address to another: the present state
// at once, then every change. After stop returns no further call is begun.
func (g *RepGateway) Watch(w Watcher) (stop func()) { return g.listener.Status().Watch(w) }

// Release gives the gateway back to its factory. Every successful [Factory.Rep] is paired with one Release.
func (g *RepGateway) Release() { g.release() }

// stop and join are part of gateway.
func (g *RepGateway) stop() { g.listener.Stop() }
func (g *RepGateway) join() { g.listener.Join() }

// lingers is part of lingerer.
func (g *RepGateway) lingers() bool { return g.unsent.Load() > 0 }

// serve runs one backend's connection.
func (g *RepGateway) serve(ctx context.Context, p *zmtp.Conn) error {
	p.Out = zmtp.NewQueue(g.connections)
	defer p.Out.Close()
	p.OnMessage = func(m core.Message) error {
		g.receive(m, p.Out)
		return nil
	}
	return p.Run(ctx)
}

// receive takes one request off its envelope: everything up to and including the first empty frame, several ids when
// a proxy stands between.
func (g *RepGateway) receive(m core.Message, back *zmtp.Queue) {
	delimiter := slices.IndexFunc(m, func(part []byte) bool { return len(part) == 0 })
	if delimiter < 0 || delimiter == len(m)-1 {
		g.counters.drops.Add(drop.Malformed)
		return
	}
	in := &Incoming{
		Message:  m[delimiter+1:],
		envelope: m[: delimiter+1 : delimiter+1],
		back:     back,
		unsent:   &g.unsent,
		limit:    int(g.connections.Limits.MaxMessage),
	}
	servers, named := g.lookup(in.Message)
	if named != nil {
		in.Message = in.Message[:len(in.Message)-1]
		servers = []*server{named}
	}
	switch {
	case len(in.Message) > g.connections.Limits.MaxParts:
		g.counters.drops.Add(drop.TooLarge)
	case !g.route(in, servers):
		g.counters.drops.Add(drop.NoServer)
	}
}

// route offers a request to each of the servers in turn until one takes it.
func (g *RepGateway) route(in *Incoming, servers []*server) bool {
	first := g.turn.Add(1)
	for i := range uint64(len(servers)) {
		if servers[(first+i)%uint64(len(servers))].offer(in) {
			return true
		}
	}
	return false
}

// lookup returns all servers, and the one that the last part of m names when it is not the only part.
func (g *RepGateway) lookup(m core.Message) (servers []*server, named *server) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if last := len(m) - 1; last > 0 {
		named = g.byIdentity[string(m[last])]
	}
	return g.servers, named
}

// offer calls the server and tells whether it took the request.
func (s *server) offer(in *Incoming) bool {
	if s.stopped.Load() {
		return false
	}
	in.passed = false
	s.handle(in)
	return !in.passed
}
