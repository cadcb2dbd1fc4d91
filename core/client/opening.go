package client

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// open opens this socket at a bridge that knows nothing of it: its endpoints, its subscriptions, and then the requests that
// have been waiting.
func (s *socket) open(c *Client) {
	if len(s.endpoints) == 0 {
		return
	}
	s.unsaid()
	for i := range s.endpoints {
		s.endpoints[i].refused = nil // it may be allowed by now
	}
	s.openRest(c)
	s.flush(c)
}

// openRest opens the endpoints that the bridge does not know yet. The subscriptions are sent along with the first endpoint.
func (s *socket) openRest(c *Client) {
	if s.paused {
		return
	}
	known := s.opened > 0
	for i := range s.endpoints {
		if s.endpoints[i].number == 0 {
			s.openEndpoint(c, &s.endpoints[i])
		}
	}
	if known || s.opened == 0 {
		return
	}
	for _, sub := range s.subscriptions {
		s.sendSubscribe(c, sub)
	}
}

// reportGap emits a gap if the socket was open before its session was lost, and messages may be gone that were under way in either direction.
// Only of a PUSH somebody may know how many. Where the bridge keeps a history for all of the socket's endpoints, the client reports nothing,
// because the bridge knows better what is missing.
func (s *socket) reportGap(c *Client) {
	if !s.interrupted || s.paused {
		return
	}
	s.interrupted = false
	s.reportLoss(c)
}

// unsaid puts the endpoints into the state of such that the bridge does not know.
func (s *socket) unsaid() {
	s.opened, s.leaving = 0, nil
	for i := range s.endpoints {
		s.endpoints[i].number = 0
	}
}

func (s *socket) openEndpoint(c *Client, ep *endpoint) {
	f := &core.Frame{Kind: core.KindOpen, Socket: s.id, ID: s.opened + 1, Type: s.typ, Name: s.identity, Text: []byte(ep.address),
		Params: ep.params}
	if s.opened == 0 { // the window belongs to the socket, and only its first Open grants it
		messages, bytes := s.window-s.heldMessages, c.cfg.WindowBytes-s.heldBytes
		f.Messages, f.Bytes = uint64(max(0, messages)), uint64(max(0, bytes))
		s.consumedMessages, s.consumedBytes = min(0, messages), min(0, bytes) // the last message may have overdrawn it
	}
	if ep.bind {
		f.Flags |= core.FlagBind
	}
	if ep.position.Epoch != "" {
		f.Flags |= core.FlagRecover
		ep.held = true
		if !slices.Contains(c.recovering, s.id) {
			c.recovering = append(c.recovering, s.id)
		}
	}
	if c.send(f) == nil {
		s.opened++
		ep.number = s.opened
	}
}

func (s *socket) sendSubscribe(c *Client, sub subscription) {
	c.send(&core.Frame{Kind: core.KindSubscribe, Socket: s.id, ID: sub.id, Name: sub.prefix, Flags: uint64(sub.opts.Overflow),
		Millis: uint64((sub.opts.Interval + time.Millisecond - 1) / time.Millisecond)})
}

// forget puts the socket into the state of one that the bridge does not know, and returns the requests that are lost.
// Requests and messages that may be sent again are put in front of those that were not sent yet.
func (s *socket) forget(c *Client) (lost []uint64) {
	s.interrupted = s.interrupted || s.opened > 0
	s.consumedMessages, s.consumedBytes = 0, 0
	s.creditMessages, s.creditBytes = 0, 0
	again, bytes, doubtful := s.receipts.lose()
	s.unsentBytes += bytes
	clear(s.asked)
	s.unsaid()
	for _, id := range s.pendingInOrder() {
		switch r := s.pending[id]; {
		case !r.sent:
		case r.again == nil:
			s.end(id)
			lost = append(lost, id)
		default:
			again = append(again, outgoing{request: id, deadline: r.deadline, flags: core.FlagIdempotent, body: r.again})
			s.unsentBytes += len(r.again)
			s.againBytes -= len(r.again)
			s.pending[id] = request{deadline: r.deadline, tried: true}
		}
	}
	s.unsent = append(again, s.unsent...)
	if s.closing != nil && (doubtful > 0 || len(lost) > 0) {
		s.closing.code = core.Lost
	}
	return lost
}
