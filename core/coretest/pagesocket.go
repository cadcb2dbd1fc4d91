package coretest

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// pageSocket is a socket as the application on a page sees it, with the books that are kept of it.
type pageSocket struct {
	page       *page
	id         uint32
	typ        core.SocketType
	feeds      []*feed // of its endpoints, by number; nil for others
	refused    bool    // an endpoint of it will be
	subs       []uint64
	subscribed bool // at some time
	gone       bool

	held      []int // sizes of the messages delivered and not consumed
	heldBytes int

	stream streamBook
	feed   feedBook

	requests map[uint64]*request // that have not ended
	order    []uint64            // their numbers, so that one is found without asking a map

	sent    uint64          // messages accepted by Send
	denied  uint64          // of those queued, the ones that were refused since the last arrived
	seen    map[uint64]bool // that reached the bridge
	into    uint64          // the session they went to last
	arrived uint64          // the last of them that reached the bridge
	resets  int             // times it was said that messages may be missing
	blocked bool            // Send said Busy
}

// request is one that was asked and has not ended.
type request struct {
	payload    string
	deadline   time.Duration
	idempotent bool
}

// pastSub remembers where a SUB socket that was closed stood in a history, for another one to go on.
type pastSub struct {
	feed     *feed
	position core.Position
	book     feedBook
}

func (p *page) newSocket(t core.SocketType) *pageSocket {
	id, err := p.client.NewSocket(t, nil)
	p.must(err)
	s := &pageSocket{page: p, id: id, typ: t, requests: map[uint64]*request{}, seen: map[uint64]bool{}}
	s.feed.last = map[*feed]uint64{}
	p.sockets = append(p.sockets, s)
	p.byID[id] = s
	return s
}

// must is for what cannot fail; may lets codes pass that the application has to expect.
func (p *page) must(err error) { p.may(err) }

func (p *page) may(err error, codes ...core.Code) bool {
	if err != nil && !slices.Contains(codes, core.CodeOf(err)) {
		p.sim.fail("page %d: %v", p.number, err)
	}
	return err == nil
}

// remove forgets a socket, without an event for what was pending on it.
func (s *pageSocket) remove() {
	s.gone = true
	clear(s.requests)
	p := s.page
	if i := slices.Index(p.sockets, s); i >= 0 {
		p.sockets = slices.Delete(p.sockets, i, i+1)
	}
}

// end takes a request off the books.
func (s *pageSocket) end(id uint64) *request {
	r := s.requests[id]
	delete(s.requests, id)
	if i := slices.Index(s.order, id); i >= 0 {
		s.order = slices.Delete(s.order, i, i+1)
	}
	return r
}

// consumeOne is done with the message held longest.
func (s *pageSocket) consumeOne() {
	if len(s.held) == 0 || s.gone {
		return
	}
	size := s.held[0]
	s.held = s.held[1:]
	s.heldBytes -= size
	s.page.client.Consumed(s.id, 1, size)
}

// hold keeps a message until it is consumed, at once or some time later.
func (s *pageSocket) hold(size int) {
	s.held = append(s.held, size)
	s.heldBytes += size
	p := s.page
	if p.sim.climate.consume == 0 || p.sim.calm {
		s.consumeOne()
		return
	}
	s.consumeAfter(p.sim.around(p.sim.climate.consume))
}

func (s *pageSocket) consumeAfter(d time.Duration) {
	p := s.page
	p.sim.after(d, func() {
		switch {
		case p.dead:
		case p.sim.now < p.awake:
			s.consumeAfter(p.awake - p.sim.now)
		default:
			p.do(s.consumeOne)
		}
	})
}
