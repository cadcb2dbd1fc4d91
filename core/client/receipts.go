package client

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// receipts is what is known of the messages that a socket has sent on this session. Of a PUSH the bridge tells which of them have
// left, if it can (core.CanReceipts); both ends number them from 1 on, and the numbers of the others are on no wire.
type receipts struct {
	again bool // what is not known to have left is sent again on the next session

	exact bool       // the bridge tells
	sent  uint64     // how many there are
	told  uint64     // of so many of them the bridge has told what became of them
	kept  []outgoing // those of the others that can be sent again, in order
	bytes int        // of their bodies

	// Of sessions that were lost, until the application is told.
	doubtful uint64 // messages of which nobody knows whether they left, and that are not sent again
	vague    bool   // some of these may have left long ago: the bridge did not tell
	repeated uint64 // messages that are sent again
}

// mostKept is how many messages a socket keeps to send them again. A bridge that keeps to the protocol lets it send fewer before it tells
// what became of the first.
const mostKept = 1 << 16

// Idempotent says of a PUSH that a backend may get its messages more than once. When its session is lost, those that are not known to have left are
// sent again on the next one, in order and before all others; an EventRecovered says how many. It holds for what is sent from then on, and says
// nothing of sockets of other types.
func (c *Client) Idempotent(id uint32) {
	if s := c.sockets[id]; s != nil {
		s.receipts.again = s.typ == core.PUSH
	}
}

// open is how many messages the bridge has yet to tell of.
func (r *receipts) open() uint64 { return r.sent - r.told }

// noteSent is told of a message that was sent just now. Where there is no room to keep it, and its session is lost, that is told.
func (s *socket) noteSent(c *Client, o outgoing) {
	r := &s.receipts
	r.sent++
	r.exact = s.toldByBridge(c)
	if !r.again || !r.exact || len(r.kept) >= mostKept {
		return
	}
	if o.body == nil {
		o.body, o.parts = core.EncodeBody(o.parts), nil
	}
	if r.bytes+len(o.body) > c.cfg.MaxQueued {
		return
	}
	o.number = r.sent
	r.kept = append(r.kept, o)
	r.bytes += len(o.body)
}

// toldByBridge tells whether the bridge tells what becomes of the messages of this socket.
func (s *socket) toldByBridge(c *Client) bool {
	return s.typ == core.PUSH && c.session.Can(core.CanReceipts)
}

// take is told that the bridge has told of so many messages, the first of which has this number; 0: it has none. It returns the last of
// them that was kept.
func (r *receipts) take(first, messages uint64) (last outgoing) {
	if first == 0 {
		return last
	}
	r.told = min(r.told+messages, r.sent)
	r.kept = slices.DeleteFunc(r.kept, func(o outgoing) bool {
		is := o.number-first < messages
		if is {
			last = o
			r.bytes -= len(o.body)
		}
		return is
	})
	return last
}

// messageFailed handles Failed of a message. One of which nobody knows whether it has left, because its session went to another bridge
// at that moment, may be sent again.
func (s *socket) messageFailed(c *Client, f *core.Frame) {
	o := s.receipts.take(f.ID, 1)
	if f.Code != core.Lost || o.body == nil {
		c.emit(&Event{Kind: EventFailed, Socket: s.id, Code: f.Code, Text: f.Text, Remote: true})
		return
	}
	s.unsent = append(s.unsent, o)
	s.unsentBytes += len(o.body)
	c.emit(&Event{Kind: EventRecovered, Socket: s.id, Missed: 1})
	s.sendQueued(c)
}

// lose is told that the session is lost. It returns what is sent again, how many bytes these messages have, and how many others may be lost.
func (r *receipts) lose() (again []outgoing, bytes int, lost uint64) {
	again, bytes = r.kept, r.bytes
	kept := uint64(len(again))
	lost = max(r.open(), kept) - kept
	r.doubtful += lost
	r.vague = r.vague || lost > 0 && !r.exact
	r.repeated += kept
	r.sent, r.told, r.kept, r.bytes = 0, 0, nil, 0
	return again, bytes, lost
}

// reportLoss emits what became of the messages of sessions that were lost.
func (s *socket) reportLoss(c *Client) {
	r := &s.receipts
	doubtful, vague, repeated := r.doubtful, r.vague, r.repeated
	r.doubtful, r.vague, r.repeated = 0, false, 0
	if s.closing != nil {
		return
	}
	if repeated > 0 {
		c.emit(&Event{Kind: EventRecovered, Socket: s.id, Missed: repeated})
	}
	if vague {
		doubtful = 0
	}
	if (doubtful > 0 || vague || s.typ.Receives()) && c.sockets[s.id] == s && !s.positionsKnown() {
		c.emit(&Event{Kind: EventGap, Socket: s.id, Code: core.Lost, Missed: doubtful})
	}
}
