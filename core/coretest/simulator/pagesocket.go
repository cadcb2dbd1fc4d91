package simulator

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// pageSocket is a socket as the application on a page sees it, with the records that the simulation keeps of it.
type pageSocket struct {
	page       *page
	id         uint32
	typ        core.SocketType
	feeds      []*feed // the feeds of its endpoints, in their order; nil for an endpoint without a feed
	endpoints  []uint64
	refused    bool // an endpoint of it will be refused
	subs       []uint64
	subscribed bool // it has subscribed at some time
	gone       bool
	paused     bool
	lingers    bool // it was closed, and the end has not been told yet

	held      []int // sizes of the messages that were delivered and not consumed yet
	heldBytes int

	stream streamBook
	feed   feedBook

	requests map[uint64]*request // those that have not ended
	order    []uint64            // their numbers, so that the seed alone decides which one is picked, and not the order of a map

	sent    uint64          // number of messages that Send has accepted
	denied  uint64          // how many queued messages were refused since the last one arrived
	seen    map[uint64]bool // numbers of the messages that have reached the bridge
	into    uint64          // number of the session on which the last one came
	arrived uint64          // number of the last message that has reached the bridge
	resets  int             // how often the page was told that messages may be missing
	blocked bool            // Send has returned Busy

	again     bool               // it is a PUSH whose messages may come twice
	receipts  map[uint64]receipt // what the page was told of those that have left, by number
	doubtful  uint64             // how many were reported as perhaps lost
	vague     bool               // nobody knows how many
	deniedAll uint64             // how many were refused
}

// request is a request of the page that has not ended.
type request struct {
	payload    string
	deadline   time.Duration
	idempotent bool
}

// pastSub remembers where a SUB socket that was closed stood in a history, so that another socket can go on there.
type pastSub struct {
	feed     *feed
	position core.Position
	book     feedBook
}

func (p *page) newSocket(t core.SocketType) *pageSocket {
	id, err := p.client.NewSocket(t, nil)
	p.must(err)
	s := &pageSocket{page: p, id: id, typ: t, requests: map[uint64]*request{}, seen: map[uint64]bool{}, receipts: map[uint64]receipt{}}
	s.feed.last = map[*feed]uint64{}
	p.sockets = append(p.sockets, s)
	p.byID[id] = s
	return s
}

// must fails the simulation if there is an error. may does the same, except for errors with codes that the application
// has to expect.
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

// end removes a request that has ended, and returns it; nil if there is none with this number.
func (s *pageSocket) end(id uint64) *request {
	r := s.requests[id]
	delete(s.requests, id)
	if i := slices.Index(s.order, id); i >= 0 {
		s.order = slices.Delete(s.order, i, i+1)
	}
	return r
}

// consumeOne consumes the message that was held longest.
func (s *pageSocket) consumeOne() {
	if len(s.held) == 0 || s.gone {
		return
	}
	size := s.held[0]
	s.held = s.held[1:]
	s.heldBytes -= size
	s.page.client.Consumed(s.id, 1, size)
}

// hold keeps a message of this size until it is consumed, at once or some time later.
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
	p.sim.After(d, func() {
		switch {
		case p.dead:
		case p.sim.Now() < p.awake:
			s.consumeAfter(p.awake - p.sim.Now())
		default:
			p.do(s.consumeOne)
		}
	})
}
