package client

import (
	"math"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// MaxSnapshot is the size of the largest snapshot, in bytes.
const MaxSnapshot = 256 << 10

const snapshotVersion = 4

// Flags of an endpoint in a snapshot, and of a socket.
const (
	snapBind = 1 << iota
	snapHeld
	snapRefused

	snapCloses = 1
	snapAgain  = 2
)

// Export writes down what another Client needs to go on with the session, for instance in a page that is loaded again. The
// snapshot is nil when there is no session to go on with, or when it would have more than MaxSnapshot bytes. It contains
// the token, so whoever has the snapshot can take over the session.
func (c *Client) Export() []byte {
	if c.session == nil || !c.session.Resumable() {
		return nil
	}
	s := c.session.State()
	if len(s.Frames) > MaxSnapshot {
		return nil
	}
	w := snapshotWriter{snapshotVersion}
	w.bytes(s.Token)
	w.number(uint64(s.Retain / time.Millisecond))
	w.number(uint64(s.Limit))
	w.number(uint64(s.Shared))
	w.number(s.Received)
	w.number(s.Acknowledged)
	w.bytes(s.Frames)
	w.number(uint64(c.lastSocket))
	w.number(uint64(len(c.order)))
	for _, id := range c.order {
		c.sockets[id].export(&w)
		if len(w) > MaxSnapshot {
			return nil
		}
	}
	return w
}

func (s *socket) export(w *snapshotWriter) {
	w.number(uint64(s.id))
	w.number(uint64(s.typ))
	w.bytes(s.identity)
	w.number(s.lastSub)
	w.number(s.lastRequest)
	w.number(s.lastEndpoint)
	w.number(s.opened)
	w.number(flag(snapCloses, s.closing != nil) | flag(snapAgain, s.receipts.again))
	w.number(s.receipts.sent)
	w.number(s.receipts.told)
	w.signed(s.creditMessages)
	w.signed(s.creditBytes)
	w.number(uint64(s.window))
	w.signed(s.heldMessages + s.consumedMessages)
	w.signed(s.heldBytes + s.consumedBytes)
	w.number(uint64(len(s.endpoints)))
	for i := range s.endpoints {
		s.endpoints[i].export(w)
	}
	w.number(uint64(len(s.subscriptions)))
	for _, sub := range s.subscriptions {
		w.number(sub.id)
		w.bytes(sub.prefix)
		w.number(uint64(sub.opts.Overflow))
		w.number(uint64(sub.opts.Interval / time.Millisecond))
	}
	s.exportPending(w)
}

// exportPending writes down what is under way. Requests, in either direction, are written as their numbers only, because
// the code that waited for an answer, or would have given one, is gone.
func (s *socket) exportPending(w *snapshotWriter) {
	var sent []uint64
	for id, r := range s.pending {
		if r.sent {
			sent = append(sent, id)
		}
	}
	w.numbers(sent)
	var asked []uint64
	for _, number := range s.asked {
		asked = append(asked, number)
	}
	w.numbers(asked)
	var messages []core.Body
	for _, o := range s.unsent {
		if o.request == 0 {
			messages = append(messages, o.body)
		}
	}
	w.number(uint64(len(messages)))
	for _, m := range messages {
		w.bytes(m)
	}
}

func (ep *endpoint) export(w *snapshotWriter) {
	w.number(flag(snapBind, ep.bind) | flag(snapHeld, ep.held) | flag(snapRefused, ep.refused != nil))
	w.number(ep.id)
	w.number(ep.number)
	w.bytes([]byte(ep.address))
	w.bytes(ep.params)
	w.bytes([]byte(ep.position.Epoch))
	w.number(ep.position.Offset)
	if ep.refused != nil {
		w.number(uint64(ep.refused.Code))
		w.bytes([]byte(ep.refused.Text))
	}
}

func flag(bit uint64, set bool) uint64 {
	if set {
		return bit
	}
	return 0
}

// Import makes a new Client, which must not have any sockets yet, go on where the exported one was. It gets the sockets of
// the snapshot, with the same numbers, and Start resumes the session. Requests that were pending are canceled, and those of
// backends are declined. What was delivered and not consumed counts as consumed. If the snapshot cannot be read, the error
// is [core.Invalid] and nothing is changed.
func (c *Client) Import(snapshot []byte, now time.Duration) error {
	if c.session != nil || c.lastSocket != 0 {
		return core.NewError(core.Invalid, "a client that is in use imports no session")
	}
	if len(snapshot) > MaxSnapshot || len(snapshot) == 0 || snapshot[0] != snapshotVersion {
		return errSnapshot
	}
	r := &snapshotReader{rest: snapshot[1:]}
	session := c.importSession(r, now)
	last := r.number(math.MaxUint32)
	sockets := r.sockets(uint32(last))
	if r.bad || len(r.rest) > 0 {
		return errSnapshot
	}
	c.now = now
	c.session, c.kept = session, true
	c.lastSocket = uint32(last)
	for _, s := range sockets {
		c.sockets[s.socket.id] = s.socket
		c.order = append(c.order, s.socket.id)
	}
	for _, s := range sockets {
		s.settle(c)
	}
	return nil
}

var errSnapshot = core.NewError(core.Invalid, "not a snapshot of a session")

// importSession makes a session in the state after a cut.
func (c *Client) importSession(r *snapshotReader, now time.Duration) *core.Session {
	session, err := core.RestoreSession(c.sessionConfig(), core.SessionState{
		Token:        r.bytes(core.MaxName),
		Retain:       time.Duration(r.number(math.MaxUint32)) * time.Millisecond,
		Limit:        int(r.number(1 << 30)),
		Shared:       core.Capability(r.number(math.MaxUint64)),
		Received:     r.number(math.MaxInt64),
		Acknowledged: r.number(math.MaxInt64),
		Frames:       r.bytes(MaxSnapshot),
	}, now)
	r.check(err == nil)
	return session
}

// settleLinger is how long a socket that lingered when its page was left may linger on the next page.
const settleLinger = time.Second

// importedSocket is a socket of a snapshot, with the numbers of the requests that have to be ended.
type importedSocket struct {
	socket      *socket
	sent, asked []uint64
}

// settle ends what was under way for the page that is gone: its requests, those of backends, and what it had not consumed.
func (i *importedSocket) settle(c *Client) {
	s := i.socket
	s.receipts.exact = s.toldByBridge(c)
	for n := range s.endpoints {
		if s.endpoints[n].held {
			c.recovering = append(c.recovering, s.id)
			break
		}
	}
	for _, id := range i.sent {
		c.send(&core.Frame{Kind: core.KindCancel, Socket: s.id, ID: id})
	}
	for _, number := range i.asked {
		c.send(&core.Frame{Kind: core.KindFailed, Socket: s.id, ID: number, Code: core.Canceled})
	}
	c.Consumed(s.id, s.heldMessages, s.heldBytes)
	if s.closing != nil {
		s.closing = nil
		c.CloseWithin(s.id, settleLinger, false, c.now)
	}
}
