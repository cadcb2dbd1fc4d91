package gateway

import (
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// allowances are how much each publisher may be asked for, by all gateways that are about its address. It has one for every
// address that a gateway is open for.
type allowances struct {
	mu  sync.Mutex
	all map[core.Endpoint]*sharedAllowance
}

type sharedAllowance struct {
	*topic.Allowance
	users int
}

// of is the allowance for an address, and what gives it back.
func (a *allowances) of(ep core.Endpoint, limit int64) (shared *topic.Allowance, release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = make(map[core.Endpoint]*sharedAllowance)
	}
	s := a.all[ep]
	if s == nil {
		s = &sharedAllowance{Allowance: topic.NewAllowance(limit)}
		a.all[ep] = s
	}
	s.users++
	return s.Allowance, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if s.users--; s.users == 0 {
			delete(a.all, ep)
		}
	}
}
