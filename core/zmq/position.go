package zmq

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Position is a place in the history that the bridge keeps of an endpoint. It may be stored, as text or JSON, and handed
// to [Socket.ConnectSince] by another program, on another day.
type Position struct {
	Epoch  string // names the history
	Offset uint64 // of a message in it
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

// Position is where a SUB stands in the history of an address it is connected to: behind the last message that was taken
// from the socket. Messages that it holds and nobody has taken yet count as not received. ok is false where the bridge
// keeps no history, and until it has said that it does, at the latest with the first message.
func (s *Socket) Position(address string) (p Position, ok bool) {
	s.ctx.mu.Lock()
	defer s.ctx.unlock()
	i := slices.IndexFunc(s.endpoints, func(ep *endpoint) bool { return ep.address == address })
	if i < 0 {
		return Position{}, false
	}
	number := uint64(i + 1)
	for _, d := range s.inbox.queue {
		if d.endpoint == number {
			return Position(d.before), true
		}
	}
	at, ok := s.ctx.engine.Position(s.id, number)
	return Position(at), ok
}

// ConnectSince is Connect for a SUB that was here before, and left at a position: what was published since comes first, as
// far as the bridge has it. What it has no more is a [GapError] with the [Lost] code, and the number of messages where it
// can be known. Subscribe before: what was missed is for the subscriptions there are.
//
// The zero Position makes it Connect. A socket whose connection is lost needs nothing of this, it goes on by itself.
func (s *Socket) ConnectSince(address string, params any, since Position) error {
	if since.Epoch == "" {
		return s.Connect(address, params)
	}
	return s.attach(address, params, func(id uint32, address string, params []byte) (uint64, error) {
		return s.ctx.engine.ConnectSince(id, address, params, core.Position(since))
	})
}

// place notes where the socket stood before a message. It needs the lock.
func (s *Socket) place(d *delivery, e *core.Event) {
	switch {
	case !s.placed:
	case e.Endpoint != 0:
		d.endpoint = e.Endpoint
		at, _ := s.ctx.engine.Position(s.id, e.Endpoint)
		d.before = core.Position{Epoch: at.Epoch, Offset: max(e.Offset, 1) - 1}
	case len(s.endpoints) == 1: // one that the bridge gives no place, for it has overtaken others
		if at, ok := s.ctx.engine.Position(s.id, 1); ok {
			d.endpoint, d.before = 1, at
		}
	}
}
