package zmq

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Position is a place in the history that the bridge keeps of an endpoint. It can be stored as text or JSON, and another
// program can hand it to [Socket.ConnectSince] on another day.
type Position struct {
	Epoch  string // names the history
	Offset uint64 // place of a message in it
}

// MarshalText writes "offset@epoch".
func (p Position) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatUint(p.Offset, 10) + "@" + url.QueryEscape(p.Epoch)), nil
}

// UnmarshalText reads what MarshalText has written.
func (p *Position) UnmarshalText(text []byte) error {
	number, name, ok := strings.Cut(string(text), "@")
	offset, err := strconv.ParseUint(number, 10, 64)
	epoch, escaped := url.QueryUnescape(name)
	if !ok || err != nil || escaped != nil || len(epoch) > core.MaxName {
		return core.NewError(core.Invalid, fmt.Sprintf("a position reads 17@NAME, not %.80q", text))
	}
	*p = Position{Epoch: epoch, Offset: offset}
	return nil
}

// Position is where a SUB stands in the history of an address it is connected to: after the last message that was taken
// from the socket. Messages that the socket holds and that nobody has taken yet count as not received. ok is false if the
// bridge keeps no history, and until it has told that it does, which is with the first message at the latest.
func (s *Socket) Position(address string) (p Position, ok bool) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	i := slices.IndexFunc(s.endpoints, func(ep *endpoint) bool { return ep.address == address })
	if i < 0 {
		return Position{}, false
	}
	number := s.endpoints[i].number
	for _, d := range s.inbox.queue {
		if d.endpoint == number {
			return Position(d.before), true
		}
	}
	at, ok := s.ctx.engine.Position(s.id, number)
	return Position(at), ok
}

// ConnectSince is Connect for a SUB that was here before and left at a position. What was published since then comes first,
// as far as the bridge still has it. What it does not have any more is reported as a [GapError] with the code [Lost], and
// with the number of messages if it can be known. Call Subscribe before it, because what was missed is delivered to the
// subscriptions that there are by then.
//
// With the zero Position it is Connect. A socket whose connection is lost does not need this; it goes on by itself.
func (s *Socket) ConnectSince(address string, params any, since Position) error {
	if since.Epoch == "" {
		return s.Connect(address, params)
	}
	return s.attach(address, params, false, func(id uint32, address string, params []byte) (uint64, error) {
		return s.ctx.engine.ConnectSince(id, address, params, core.Position(since))
	})
}

// place notes in a delivery where the socket stood before the message. The caller holds the lock.
func (s *Socket) place(d *delivery, e *client.Event) {
	switch {
	case !s.placed:
	case e.Endpoint != 0:
		d.endpoint = e.Endpoint
		at, _ := s.ctx.engine.Position(s.id, e.Endpoint)
		d.before = core.Position{Epoch: at.Epoch, Offset: max(e.Offset, 1) - 1}
	case len(s.endpoints) == 1: // the message has no place of its own, because it has overtaken others
		number := s.endpoints[0].number
		if at, ok := s.ctx.engine.Position(s.id, number); ok {
			d.endpoint, d.before = number, at
		}
	}
}
