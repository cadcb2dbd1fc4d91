package port

import "github.com/zmqwebbridge/zmqwebbridge/server/gateway/shipment"

// What the tests of this package, which open ports through a Factory of package gateway, look at inside.

const (
	OpeningGrace   = openingGrace
	MaxPrefixBytes = maxPrefixBytes
	LifeSign       = lifeSign
)

// Ready tells whether somebody is connected and there is room for a message to him.
func (p *Port) Ready() bool { return p.Reach() == ReachReady }

// Subscriptions is how many prefixes the peers of a PUB or XPUB have subscribed to.
func (p *Port) Subscriptions() (count int) {
	g := p.hub.pattern.(*publisher)
	g.mu.Lock()
	defer g.mu.Unlock()
	for a := range g.peers {
		count += len(a.members)
	}
	return count
}

// Audience is how many peers of a PUB or XPUB are behind, and for how many nothing waits.
func (p *Port) Audience() (behind, idle int) {
	g := p.hub.pattern.(*publisher)
	g.mu.Lock()
	defer g.mu.Unlock()
	for a := range g.peers {
		if shipment.Behind(a.out) {
			behind++
		} else if a.out.Empty() {
			idle++
		}
	}
	return behind, idle
}

// IsWanted tells whether a peer of a PUB or XPUB has subscribed to this very prefix.
func (p *Port) IsWanted(prefix string) bool {
	g := p.hub.pattern.(*publisher)
	g.mu.Lock()
	defer g.mu.Unlock()
	for a := range g.peers {
		if a.members[prefix] != nil {
			return true
		}
	}
	return false
}

// Untold is how many changes wait to be told to the page of an XPUB, in order and by prefix.
func (p *Port) Untold() (inOrder, byPrefix int) {
	h := p.hub.pattern.(*publisher).herald
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.order.Len(), len(h.pending)
}

// Live is how many subscriptions of a SUB or XSUB are live, at all its publishers.
func (p *Port) Live() (count int) {
	s := p.hub.pattern.(*subscriber)
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sources {
		count += from.feed.CountLive()
	}
	return count
}

// Peers is how many peers a PUSH, PULL, DEALER or PAIR has.
func (p *Port) Peers() int {
	b := p.hub.pattern.(*balancer)
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.pipes)
}

// Waiting is how many connections of a PUSH, PULL, DEALER or PAIR hold a message that no page has room for.
func (p *Port) Waiting() int {
	s := &p.hub.pattern.(*balancer).members
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}
