package zws

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
)

// What a peer may have outstanding, and how much may stand in front of its requests.
const (
	maxAsked    = 64
	maxEnvelope = 1024
)

// send passes on a message of the peer. ErrLater: not yet.
func (p *peer) send(m core.Message) error {
	switch p.typ {
	case core.SUB, core.XSUB:
		return p.subscription(m)
	case core.REQ:
		return p.request(m)
	case core.REP:
		return p.reply(m)
	case core.PULL:
		return core.NewError(core.Protocol, "a PULL only receives")
	}
	return p.engine.Send(p.socket, m)
}

// subscription reads a message of a subscriber. Its other messages are for publishers that hear them, and this one does not.
func (p *peer) subscription(m core.Message) error {
	if len(m) != 1 || len(m[0]) == 0 {
		return nil
	}
	switch m[0][0] {
	case 1:
		return p.subscribe(m[0][1:])
	case 0:
		return p.cancel(m[0][1:])
	}
	return nil
}

func (p *peer) subscribe(prefix []byte) error {
	if p.typ != core.SUB && p.typ != core.XSUB {
		return core.NewError(core.Protocol, "only a SUB subscribes")
	}
	id, err := p.engine.Subscribe(p.socket, prefix, p.options)
	if err != nil {
		return err
	}
	p.subscriptions[string(prefix)] = append(p.subscriptions[string(prefix)], id)
	p.prefixes[id] = string(prefix)
	return nil
}

// cancel takes back one of the subscriptions to a prefix.
func (p *peer) cancel(prefix []byte) error {
	ids := p.subscriptions[string(prefix)]
	if len(ids) == 0 {
		return nil
	}
	id := ids[len(ids)-1]
	p.forget(id)
	return p.engine.Unsubscribe(p.socket, id)
}

// forget is told that a subscription has ended.
func (p *peer) forget(id uint64) {
	prefix, known := p.prefixes[id]
	if !known {
		return
	}
	delete(p.prefixes, id)
	ids := p.subscriptions[prefix]
	if i := slices.Index(ids, id); i >= 0 {
		ids = slices.Delete(ids, i, i+1)
	}
	if p.subscriptions[prefix] = ids; len(ids) == 0 {
		delete(p.subscriptions, prefix)
	}
}

// request sends what stands behind the envelope of a request. One without is none, and dropped, as a REP does.
func (p *peer) request(m core.Message) error {
	end := slices.IndexFunc(m, func(part []byte) bool { return len(part) == 0 })
	switch {
	case len(p.asked) >= maxAsked:
		return translator.ErrLater
	case end < 0 || end == len(m)-1:
		return nil
	case m[:end+1].Size() > maxEnvelope || end >= maxAsked:
		return core.NewError(core.TooLarge, "the envelope of a request is too large")
	}
	id, err := p.engine.Request(p.socket, m[end+1:], client.RequestOptions{}, p.conn.Now())
	if err == nil {
		p.asked[id] = m[: end+1 : end+1].Clone()
	}
	return err
}

// reply answers the oldest request that the peer was asked.
func (p *peer) reply(m core.Message) error {
	end := slices.IndexFunc(m, func(part []byte) bool { return len(part) == 0 })
	if end < 0 || end == len(m)-1 || len(p.asks) == 0 {
		return core.NewError(core.Protocol, "an answer to nothing that was asked")
	}
	id := p.asks[0]
	p.asks = p.asks[1:]
	if err := p.engine.Reply(p.socket, id, m[end+1:]); core.CodeOf(err) != core.Lost { // whoever has asked may not be there any more
		return err
	}
	return nil
}

// Event is part of translator.Dialect. There is no way to tell a peer that a request came to nothing, or that messages are missing: that is counted. A
// subscription that is refused brings nothing, as with a publisher that does not know the topic.
func (p *peer) Event(e *client.Event) {
	switch e.Kind {
	case client.EventReady:
		if p.stage == judged {
			p.stage = initiated
			p.tell(appendShort(nil, "WELCOME"))
		}
	case client.EventOpened, client.EventDown:
		if p.stage == opening && e.Code != core.Conflict {
			p.opened()
		}
	case client.EventRefused, client.EventClosed:
		p.conn.End(p.refuse(p.refusal(e.Err())))
	case client.EventUnsubscribed:
		p.forget(e.ID)
	case client.EventMessage:
		p.hand(nil, e.Parts, e.Parts.Size())
	case client.EventReply:
		p.hand(p.asked[e.ID], e.Parts, 0)
		delete(p.asked, e.ID)
	case client.EventFailed:
		delete(p.asked, e.ID)
	case client.EventRequest:
		p.asks = append(p.asks, e.ID)
		p.hand(core.Message{nil}, e.Parts, 0)
	}
}

// refusal is what is told of an endpoint that may not be opened: not the type of its sockets, if the peer has not said its own. An
// address has none.
func (p *peer) refusal(e *core.Error) *core.Error {
	if e.Code == core.Denied && !p.commands && !p.named && core.IsEndpointName(p.name) {
		return core.NewError(core.Denied, p.name+" is not allowed here")
	}
	return e
}

// hand sends the peer a message, with an envelope in front. The last part has the bridge granted credit for it, if it is for
// that many bytes.
func (p *peer) hand(envelope, m core.Message, credit int) {
	for _, part := range envelope {
		p.conn.Say(false, more, part)
	}
	for _, part := range m[:len(m)-1] {
		p.conn.Say(false, more, part)
	}
	end := m[len(m)-1]
	if p.typ.Receives() {
		p.conn.Pass(p.socket, credit, false, last, end)
		return
	}
	p.conn.Say(false, last, end)
}
