package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// This file is the application on a page: what it asks of its client, now and then, in whatever state the connection is.

const maxSockets = 6

// act makes the application do one thing, or a few of the same kind.
func (p *page) act() {
	if p.dead || p.sim.Now() < p.awake {
		return
	}
	p.do(func() {
		for range 1 + p.sim.rnd.IntN(3) {
			p.actOnce()
		}
	})
}

func (p *page) actOnce() {
	s := p.sim
	socket := pick(s, p.sockets)
	if socket == nil || len(p.sockets) < maxSockets && s.chance(15) {
		p.open()
		return
	}
	switch {
	case s.chance(3):
		p.close(socket)
	case s.chance(4):
		p.connect(socket)
	case s.chance(3):
		p.disconnect(socket)
	case socket.typ == core.SUB && s.chance(6):
		p.pause(socket)
	case socket.typ == core.SUB && s.chance(10):
		p.subscribe(socket)
	case socket.typ == core.SUB && s.chance(10):
		p.unsubscribe(socket)
	case socket.typ == core.REQ && s.chance(10):
		p.cancel(socket)
	case socket.typ == core.REQ:
		for range 1 + s.rnd.IntN(4) {
			p.request(socket)
		}
	case socket.typ.Sends():
		for range 1 + s.rnd.IntN(8) {
			p.send(socket)
		}
	}
}

var socketTypes = []core.SocketType{core.SUB, core.SUB, core.REQ, core.REQ, core.PUSH, core.PULL, core.REP, core.DEALER}

func (p *page) open() {
	s := p.newSocket(pick(p.sim, socketTypes))
	if s.again = s.typ == core.PUSH && p.sim.chance(50); s.again {
		p.client.Idempotent(s.id)
	}
	if s.typ == core.SUB && p.sim.chance(60) {
		p.subscribe(s)
	}
	if len(p.pastSubs) > 0 && s.typ == core.SUB && p.sim.chance(70) {
		p.comeBack(s)
		return
	}
	if p.sim.chance(90) {
		p.connect(s)
	}
}

// connect adds an endpoint. One in twenty is refused, one in ten is down at first.
func (p *page) connect(s *pageSocket) {
	if len(s.feeds) == 2 {
		return
	}
	address := "up"
	switch {
	case p.sim.chance(5):
		address, s.refused = "forbidden", true
	case p.sim.chance(10):
		address = "down at first"
	}
	var f *feed
	if s.typ == core.SUB && address == "up" {
		f = pick(p.sim, p.sim.bridge.feeds)
		if s.reads(f) {
			return
		}
		address = f.name
	}
	s.feeds = append(s.feeds, f)
	id, err := p.client.Connect(s.id, address, nil)
	p.must(err)
	s.endpoints = append(s.endpoints, id)
}

// disconnect takes away one of two endpoints, if none of them is refused, so that the other one takes what waits. A SUB
// stays where it is, because what it has to receive is reckoned by endpoint.
func (p *page) disconnect(s *pageSocket) {
	if len(s.endpoints) < 2 || s.refused || s.typ == core.SUB {
		return
	}
	i := p.sim.rnd.IntN(len(s.endpoints))
	if _, err := p.client.Disconnect(s.id, s.endpoints[i]); p.may(err, core.Unsupported, core.Busy) {
		p.sim.note("page %d disconnects %d/%d", p.number, s.id, s.endpoints[i])
		s.endpoints = slices.Delete(s.endpoints, i, i+1)
		s.feeds = slices.Delete(s.feeds, i, i+1)
	}
}

func (s *pageSocket) reads(f *feed) bool {
	for _, other := range s.feeds {
		if other == f {
			return true
		}
	}
	return false
}

// comeBack makes a socket that goes on in the history of a feed where a socket that was closed has stopped.
func (p *page) comeBack(s *pageSocket) {
	past := p.pastSubs[0]
	p.pastSubs = p.pastSubs[1:]
	s.feeds = append(s.feeds, past.feed)
	id, err := p.client.ConnectSince(s.id, past.feed.name, nil, past.position)
	p.must(err)
	s.endpoints = append(s.endpoints, id)
	whole := s.feed.whole
	s.feed = past.book
	s.feed.whole = whole
	if !s.subscribed && p.sim.chance(50) { // without a subscription the bridge goes on waiting for one
		p.subscribe(s)
	}
}

func (p *page) subscribe(s *pageSocket) {
	prefix := pick(p.sim, []string{"", "", "a", "b", "bb"})
	opts := client.SubscribeOptions{Overflow: pick(p.sim, []core.Overflow{core.OverflowDefault, core.DropNewest, core.DropOldest, core.Conflate})}
	id, err := p.client.Subscribe(s.id, []byte(prefix), opts)
	p.must(err)
	s.feed.whole = s.feed.whole || prefix == "" && !s.subscribed
	s.subscribed = true
	s.subs = append(s.subs, id)
}

func (p *page) unsubscribe(s *pageSocket) {
	if len(s.subs) == 0 {
		return
	}
	s.feed.whole = false
	p.may(p.client.Unsubscribe(s.id, s.subs[0]), core.Busy)
	s.subs = s.subs[1:]
}

// pause has the bridge let go of a SUB, as a page does that nobody sees; or takes that back.
func (p *page) pause(s *pageSocket) {
	if s.paused {
		p.unpause(s)
		return
	}
	id, err := p.client.Pause(s.id)
	if !p.may(err, core.Busy) {
		return
	}
	p.sim.note("page %d pauses socket %d, which is %d from now on", p.number, s.id, id)
	delete(p.byID, s.id)
	p.byID[id] = s
	s.id, s.paused = id, true
}

// unpause has the bridge open it again. There it is another socket.
func (p *page) unpause(s *pageSocket) {
	if !s.paused {
		return
	}
	p.sim.note("page %d goes on with socket %d", p.number, s.id)
	s.paused = false
	s.stream.restart()
	s.feed.restart()
	p.must(p.client.Unpause(s.id))
}

func (p *page) request(s *pageSocket) {
	if p.client.Queued() > maxQueued {
		return
	}
	payload := fmt.Sprintf("%d/%d/%d%s", p.number, s.id, p.sim.serial(), trace.Padding(p.sim.size()))
	timeout := pick(p.sim, []time.Duration{0, 500 * time.Millisecond, 5 * time.Second, 40 * time.Second})
	opts := client.RequestOptions{Timeout: timeout, Idempotent: p.sim.chance(30)}
	id, err := p.client.Request(s.id, core.Message{[]byte(payload)}, opts, p.sim.Now())
	if !p.may(err, core.Busy, core.Denied) {
		return
	}
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	s.requests[id] = &request{payload: payload, deadline: p.sim.Now() + timeout, idempotent: opts.Idempotent}
	s.order = append(s.order, id)
	p.sim.note("page %d asks %d/%d", p.number, s.id, id)
}

func (p *page) cancel(s *pageSocket) {
	if len(s.order) == 0 {
		return
	}
	id := pick(p.sim, s.order)
	s.end(id)
	p.client.Cancel(s.id, id)
	p.sim.note("page %d cancels %d/%d", p.number, s.id, id)
}

// send sends a message with the next number, so that the other end sees whether one is missing.
func (p *page) send(s *pageSocket) {
	number := fmt.Sprintf("%d", s.sent+1)
	err := p.client.Send(s.id, core.Message{[]byte(number), []byte(trace.Padding(p.sim.size()))})
	if p.may(err, core.Busy, core.Denied) {
		s.sent++
	}
	s.blocked = core.CodeOf(err) == core.Busy
}

func (p *page) close(s *pageSocket) {
	if f := s.onlyFeed(); f != nil {
		if position, known := p.client.Position(s.id, 1); known {
			p.pastSubs = append(p.pastSubs, pastSub{f, position, s.feed.past()})
		}
	}
	p.sim.note("page %d closes socket %d", p.number, s.id)
	s.remove()
	if !p.client.Ready() {
		s.resets++ // the session may be lost, and nothing is told of a socket that is closed
	}
	if p.sim.chance(30) {
		p.client.CloseSocket(s.id)
		return
	}
	linger := pick(p.sim, []time.Duration{0, 500 * time.Millisecond, 5 * time.Second, 40 * time.Second})
	s.lingers = p.client.CloseWithin(s.id, linger, p.sim.chance(50), p.sim.Now())
}

// onlyFeed is the feed of a SUB that has only one endpoint.
func (s *pageSocket) onlyFeed() *feed {
	if s.typ != core.SUB || len(s.feeds) != 1 {
		return nil
	}
	return s.feeds[0]
}

// answer replies to a request of a backend after a while, or declines it.
func (p *page) answer(s *pageSocket, id uint64, payload string) {
	p.sim.After(p.sim.around(300*time.Millisecond), func() { p.answerNow(s, id, payload) })
}

func (p *page) answerNow(s *pageSocket, id uint64, payload string) {
	if p.sim.Now() < p.awake {
		p.sim.At(p.awake, func() { p.answerNow(s, id, payload) })
		return
	}
	if p.dead || s.gone {
		return
	}
	p.do(func() {
		if p.sim.chance(10) {
			p.client.Decline(s.id, id)
			return
		}
		err := p.client.Reply(s.id, id, core.Message{[]byte("re:" + payload)})
		if !p.may(err, core.Lost, core.Busy) && core.CodeOf(err) == core.Busy { // the session is cut, and too much was queued already
			p.sim.After(time.Second, func() { p.answerNow(s, id, payload) })
		}
	})
}
