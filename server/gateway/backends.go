package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Backend is one gateway of a factory, as it is at a moment.
type Backend struct {
	Type     core.SocketType
	Endpoint core.Endpoint
	Bind     bool
	Users    int   // sockets of clients; 0: it is about to be closed
	Known    bool  // false while the first attempt to connect is under way
	Err      error // why nobody is connected; nil: somebody is, or the bridge listens

	Keeps               bool  // it may keep a history, or last values
	History, LastValues int64 // bytes that these take
}

// Up tells whether a backend is connected, or the bridge listens for one.
func (b Backend) Up() bool { return b.Known && b.Err == nil }

// Backends are all gateways that are open, in no order.
func (f *Factory) Backends() []Backend {
	f.mu.Lock()
	backends := make([]Backend, 0, len(f.slots))
	open := make([]*slot, 0, len(f.slots))
	for key, s := range f.slots {
		backends = append(backends, Backend{Type: key.kind, Endpoint: key.endpoint, Bind: key.bind, Users: s.users})
		open = append(open, s)
	}
	f.mu.Unlock()
	for i, s := range open {
		select {
		case <-s.opened:
			if s.err == nil {
				backends[i].Known, backends[i].Err = s.gateway.status()
				if g, ok := s.gateway.(*SubGateway); ok {
					backends[i].Keeps = true
					backends[i].History, backends[i].LastValues = g.kept()
				}
			}
		default:
		}
	}
	return backends
}

// Reconnects is how many connections were established after an earlier one to the same endpoint was lost, by the name of the
// endpoint; "" is all addresses together.
func (f *Factory) Reconnects() map[string]uint64 { return f.counters.Reconnects.ByName() }

// status is part of gateway.
func (g *SubGateway) status() (known bool, reason error)    { return g.link.Status().Get() }
func (g *ReqGateway) status() (known bool, reason error)    { return g.requester.Status().Get() }
func (g *socketGateway) status() (known bool, reason error) { return g.Status().Get() }
func (g *RepGateway) status() (known bool, reason error)    { return g.listener.Status().Get() }
