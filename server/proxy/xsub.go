package proxy

import (
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/receiving"
)

// spoken are the subscriptions that the client of an XSUB makes by messages, \x01 and a prefix, and ends by \x00 and the
// prefix. They are subscriptions like any other: asked about, counted, limited, and paced by the rules. They have numbers that
// the bridge gives them, and the client is not told when they are live. It is of the reading goroutine.
type spoken struct {
	numbers map[string][]uint64 // by prefix
	last    uint64
}

// speak acts on a message of an XSUB, or sends it on, to all publishers, if it is none of these.
func (p *portProxy) speak(m core.Message) error {
	change, changes := gateway.ParseChange(m)
	if !changes && !soundsLikeChange(m) {
		return p.sending.Take(m)
	}
	h := p.socket.handle
	h.Lock()
	err := p.sending.SpendLocked(m)
	h.Unlock()
	if err != nil {
		return err
	}
	refusal := errSoundsLikeChange
	switch {
	case changes && change.Wanted:
		refusal = p.subscribeSpoken(change.Prefix)
	case changes:
		refusal = nil
		p.unsubscribeSpoken(change.Prefix)
	}
	h.Lock()
	defer h.Unlock()
	if refusal == nil {
		p.sending.GiveBackLocked(m.Size())
		return nil
	}
	p.sending.RefuseLocked(m, refusal)
	return nil
}

var errSoundsLikeChange = core.NewError(core.Invalid,
	"a message of several parts must have none that begins with the byte 0 or 1: publishers take that for a subscription")

// soundsLikeChange tells whether a publisher would take a part of a message of several parts for a subscription, or the end
// of one: libzmq does, in whatever part, unless ZMQ_ONLY_FIRST_SUBSCRIBE is set.
func soundsLikeChange(m core.Message) bool {
	for _, part := range m {
		if len(part) > 0 && part[0] <= 1 {
			return len(m) > 1
		}
	}
	return false
}

func (p *portProxy) subscribeSpoken(prefix string) *core.Error {
	e := p.hearSpoken(prefix)
	if e == nil {
		for _, d := range p.inflows() {
			d.EndHold()
		}
	}
	return e
}

// hearSpoken is subscribeSpoken, and holds back what is held.
func (p *portProxy) hearSpoken(prefix string) *core.Error {
	if len(prefix) > core.MaxName {
		return core.NewError(core.TooLarge, "a prefix has at most "+strconv.Itoa(core.MaxName)+" bytes")
	}
	s, k := &p.spoken, p.socket
	s.last++
	for k.handle.Queue().Subscribed(outbox.FirstSpoken + s.last) { // by a client that numbers in its own way
		s.last++
	}
	id := outbox.FirstSpoken + s.last
	if e := k.admitPrefix(&core.Frame{ID: id, Name: []byte(prefix)}); e != nil {
		return e
	}
	if err := receiving.Subscribe(p.inflows(), []byte(prefix), func(d *receiving.Inflow) func() { return d.Proven }); err != nil {
		k.forgetPrefix(id)
		return asError(err)
	}
	if s.numbers == nil {
		s.numbers = map[string][]uint64{}
	}
	s.numbers[prefix] = append(s.numbers[prefix], id)
	return nil
}

// unsubscribeSpoken ends one of the subscriptions to a prefix. Without one it does nothing.
func (p *portProxy) unsubscribeSpoken(prefix string) {
	numbers := p.spoken.numbers[prefix]
	last := len(numbers) - 1
	if last < 0 {
		return
	}
	if last == 0 {
		delete(p.spoken.numbers, prefix)
	} else {
		p.spoken.numbers[prefix] = numbers[:last]
	}
	if name, known := p.socket.forgetPrefix(numbers[last]); known {
		receiving.Unsubscribe(p.inflows(), name)
	}
}

// inflows are what an XSUB receives from.
func (p *portProxy) inflows() (inflows []*receiving.Inflow) {
	for _, port := range p.ports() {
		inflows = append(inflows, port.from)
	}
	return inflows
}
