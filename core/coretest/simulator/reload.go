package simulator

import (
	"maps"
	"slices"
	"time"
)

// reload replaces a page by a new one. The connection of the old page ends without a close frame. The new page may go on
// with the session.
func (s *simulation) reload(p *page) {
	p.dead = true
	for _, k := range p.sockets { // the next page goes on with what it sees
		p.unpause(k)
	}
	if c := p.conn; c != nil {
		c.up.sever(s.rnd.IntN(len(c.up.flight) + 1))
		s.After(s.around(time.Second), c.bridgeNotices)
	}
	next := newPage(s, p.number)
	if snapshot := p.client.Export(); snapshot != nil && s.chance(50) {
		next.carryOn(p, snapshot)
	}
	s.note("page %d is reloaded, with %d sockets", p.number, len(next.sockets))
	s.pages[slices.Index(s.pages, p)] = next
	next.do(next.dial)
}

// carryOn goes on with the session of another page, and with the records of its sockets. The requests of that page end, and
// what it held counts as consumed.
func (p *page) carryOn(from *page, snapshot []byte) {
	p.must(p.client.Import(snapshot, p.sim.Now()))
	p.session, p.reset, p.resetAt = from.session, from.reset, from.resetAt
	for _, b := range p.sim.bridge.sessions {
		if b.page == from {
			b.page = p
		}
	}
	for _, old := range from.sockets {
		s := *old
		s.page, s.held, s.heldBytes, s.order, s.blocked = p, nil, 0, nil, false
		s.requests = map[uint64]*request{}
		s.feed.last, s.seen = maps.Clone(old.feed.last), maps.Clone(old.seen)
		p.sockets = append(p.sockets, &s)
		p.byID[s.id] = &s
	}
	for id, s := range from.byID { // sockets that were closed, because frames for them may still be on the way
		if s.gone {
			p.byID[id] = s
		}
	}
}
