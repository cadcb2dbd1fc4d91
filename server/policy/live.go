package policy

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Live is the Policy of a bridge that can be given another while it runs. It has the same hooks. After Swap, server.Bridge has
// to be told: Judge for what clients have open, and Moved for the names that lead elsewhere.
type Live struct{ now atomic.Pointer[Policy] }

// NewLive begins with a Policy.
func NewLive(p *Policy) *Live {
	l := new(Live)
	l.now.Store(p)
	return l
}

// Policy is the present one.
func (l *Live) Policy() *Policy { return l.now.Load() }

// Swap puts another Policy in place, and returns the names that were known and lead to other addresses now.
func (l *Live) Swap(p *Policy) (moved []string) {
	before := l.now.Swap(p)
	for _, name := range slices.Sorted(maps.Keys(before.named)) {
		if e := p.named[name]; e != nil && !slices.Equal(e.addresses, before.named[name].addresses) {
			moved = append(moved, name)
		}
	}
	return moved
}

// ZMQAllowed is that of the present Policy, as are the hooks below.
func (l *Live) ZMQAllowed(ctx context.Context, a access.Access) error {
	return l.now.Load().ZMQAllowed(ctx, a)
}

// Flow is a hook of package server.
func (l *Live) Flow(a access.Access) access.Flow { return l.now.Load().Flow(a) }

// Terms is a hook of package server.
func (l *Live) Terms(a access.Access) (access.Terms, error) { return l.now.Load().Terms(a) }

// Named is a hook of package server.
func (l *Live) Named(name string) (access.Named, bool) { return l.now.Load().Named(name) }

// Resolve is a hook of package gateway.
func (l *Live) Resolve(name core.Endpoint) (core.Endpoint, error) { return l.now.Load().Resolve(name) }

// History is a hook of package gateway. What a gateway keeps is settled when it is opened.
func (l *Live) History(ep core.Endpoint) access.History { return l.now.Load().History(ep) }

// Sequence is a hook of package gateway, likewise.
func (l *Live) Sequence(ep core.Endpoint) access.Sequence { return l.now.Load().Sequence(ep) }

// Memory is a hook of package gateway, likewise.
func (l *Live) Memory(ep core.Endpoint) int64 { return l.now.Load().Memory(ep) }

// DialAllowed is a hook of package gateway.
func (l *Live) DialAllowed(addr netip.AddrPort) error { return l.now.Load().networks.DialAllowed(addr) }
