package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Backend is one gateway of a factory, or one of its publishers where it has several, as it is at a moment.
type Backend struct {
	Type     core.SocketType
	Endpoint core.Endpoint
	Bind     bool
	Users    int   // sockets of clients; 0: it is about to be closed
	Known    bool  // false while the first attempt to connect is under way
	Err      error // why nobody is connected; nil: somebody is, or the bridge listens

	Keeps               bool  // it may keep a history, or last values
	History, LastValues int64 // bytes that these take
	Held                int64 // bytes of messages that wait until older ones are there
}

// Up tells whether a backend is connected, or the bridge listens for one.
func (b Backend) Up() bool { return b.Known && b.Err == nil }

// Backends are all gateways that are open, in no order.
func (f *Factory) Backends() (backends []Backend) {
	f.mu.Lock()
	open := make(map[*slot]Backend, len(f.slots))
	for key, s := range f.slots {
		open[s] = Backend{Type: key.kind, Endpoint: key.endpoint, Bind: key.bind, Users: s.users}
	}
	f.mu.Unlock()
	for s, b := range open {
		backends = append(backends, s.describe(b)...)
	}
	return backends
}

// Reconnects is how many connections were established after an earlier one to the same endpoint was lost, by the name of the
// endpoint; "" is all addresses together.
func (f *Factory) Reconnects() map[string]uint64 { return f.counters.Reconnects.ByName() }

// describe completes what is said of a gateway.
func (s *slot) describe(b Backend) (all []Backend) {
	select {
	case <-s.opened:
	default:
		return []Backend{b}
	}
	switch g, several := s.gateway.(*SubGateway); {
	case s.err != nil:
		return []Backend{b}
	case several:
		g.each(func(ep core.Endpoint, known bool, reason error) {
			b.Endpoint, b.Known, b.Err = ep, known, reason
			all = append(all, b)
		})
		if len(all) > 0 { // what is kept is kept once for all of them
			all[0].Keeps = true
			all[0].History, all[0].LastValues, all[0].Held = g.kept()
		}
		return all
	}
	b.Known, b.Err = s.gateway.status()
	return []Backend{b}
}

// status is part of gateway.
func (g *SubGateway) status() (known bool, reason error)    { return g.state.Get() }
func (g *ReqGateway) status() (known bool, reason error)    { return g.requester.Status().Get() }
func (g *socketGateway) status() (known bool, reason error) { return g.Status().Get() }
func (g *RepGateway) status() (known bool, reason error)    { return g.listener.Status().Get() }
