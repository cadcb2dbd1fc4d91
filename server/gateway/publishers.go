package gateway

import (
	"context"
	"slices"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// As many publishers as a name may have addresses can be asked for the same.
const _ uint = topic.MaxPublishers - access.MaxAddresses

// publishers are those of a SubGateway. One that was taken away from the name is still among them: it is down, because its name
// leads nowhere, until the name has as many addresses again.
type publishers struct {
	mu      sync.Mutex
	links   []*link.Link
	allowed []func() // give back the allowances
	ended   bool
}

// all are the links there are.
func (p *publishers) all() []*link.Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.links)
}

// end is all, after which none is added.
func (p *publishers) end() []*link.Link {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	return p.links
}

// address is where one of the publishers is.
func (g *SubGateway) address(publisher int) core.Endpoint {
	ep := g.endpoint
	ep.Nth += publisher
	return ep
}

// allowance is what one of the publishers may be asked for.
func (g *SubGateway) allowance(publisher int) *topic.Allowance {
	allowance, release := g.factory.allowances.of(g.address(publisher), g.factory.config.MaxPrefixBytes)
	g.publishers.allowed = append(g.publishers.allowed, release)
	return allowance
}

// add makes the link to the next publisher, of which the feed knows if it is the first. The lock is held, or nobody else has g yet.
func (g *SubGateway) add() {
	f, n := g.factory, len(g.publishers.links)
	if n > 0 {
		g.heard.Add(g.allowance(n))
	}
	us := zmtp.Self{Type: core.SUB, Limits: f.links.Limits}
	role := link.Role{
		Serve: func(ctx context.Context, c *zmtp.Conn) error { return g.heard.Serve(ctx, n, c) },
		Down:  func(error) { g.heard.Down(n) },
	}
	state := &g.state
	if g.lasting != nil {
		role, state = g.lasting.hears(n, role), &g.lasting.publishers
	}
	g.publishers.links = append(g.publishers.links, link.NewBeside(&f.links, &f.counters.Counters, g.address(n), us, role, state))
}

// moved is part of mover. A connection to what was the only publisher has to end before what comes from another is received; see
// package pubsub.
func (g *SubGateway) moved() {
	addresses := g.factory.config.addressesOf(g.endpoint)
	p := &g.publishers
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended {
		return
	}
	before := len(p.links)
	for len(p.links) < min(addresses, access.MaxAddresses) {
		g.add()
	}
	for _, l := range p.links[:before] {
		if before == 1 && len(p.links) > 1 {
			l.Redial()
		} else {
			l.Move()
		}
	}
	for _, l := range p.links[before:] {
		l.Start()
	}
}

// each tells of each publisher that there should be, where it is and how it is.
func (g *SubGateway) each(tell func(ep core.Endpoint, known bool, reason error)) {
	links := g.publishers.all()
	for _, l := range links[:min(len(links), g.factory.config.addressesOf(g.endpoint))] {
		known, reason := l.State()
		if known && reason == nil && g.lasting != nil {
			_, reason = g.state.Get() // the publisher is there, and what it says has to be stored, too
		}
		tell(l.Endpoint(), known, reason)
	}
}

// addressesOf is how many addresses an endpoint stands for.
func (c Config) addressesOf(ep core.Endpoint) int {
	if ep.Name == "" || c.Addresses == nil {
		return 1
	}
	return max(1, c.Addresses(ep))
}
