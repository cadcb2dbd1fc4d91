package session

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/aside"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// Handle is a socket's place in its session: what its Socket sends to the client goes through it. Methods whose names end
// in Locked are for callers that hold the session's lock, as are those that say so; all others are for those that do not.
type Handle struct {
	session  *session
	id       uint32
	typ      core.SocketType
	open     bool     // it is among the session's sockets
	gathered bool     // it has taken requests that have yet to be passed on; of the reading goroutine
	yielded  bool     // Yield has taken the turn for the reading goroutine, whose field this is
	gatherer Gatherer // nil: the socket has none
	aside    aside.Turn
	socket   Socket
	queue    *outbox.Queue
	cost     *account.Charge
}

// Lock takes the session's lock. Sockets keep what they share with gateways under it, too.
func (h *Handle) Lock() { h.session.mu.Lock() }

// Unlock gives it back.
func (h *Handle) Unlock() { h.session.mu.Unlock() }

// Number is the number that the client has given the socket.
func (h *Handle) Number() uint32 { return h.id }

// Context ends with the session.
func (h *Handle) Context() context.Context { return &h.session.ctx }

// Log is the session's. It is for callers that do not hold the lock.
func (h *Handle) Log() *slog.Logger { return h.session.log() }

// Counters are those of the bridge.
func (h *Handle) Counters() *count.Counters { return &h.session.registry.counters }

// Caller is who opened the socket: the handshake of the present WebSocket, and what Host.Authenticate returned. It is for
// callers that do not hold the lock.
func (h *Handle) Caller() (r *http.Request, user any) {
	h.Lock()
	defer h.Unlock()
	return h.session.request, h.session.user
}

// Door is how the client has come in, which is the same for all WebSockets of a session: only clients of one door resume any.
func (h *Handle) Door() access.Door { return h.session.door }

// Sender is whose messages these are, where those of many sockets and connections count together: the user's, or of somebody who is nobody
// in particular, of all such at the same network address. It is for callers that do not hold the lock.
func (h *Handle) Sender() string {
	r, user := h.Caller()
	if user != nil {
		if key := h.session.registry.host.UserKey(user); key != "" {
			return "user " + key
		}
	}
	return "address " + limit.Address(r.RemoteAddr)
}

// SessionID tells the sessions of a bridge apart. It opens nothing.
func (h *Handle) SessionID() string { return h.session.idText() }

// MaxMessage is how many payload bytes a message of the client may have.
func (h *Handle) MaxMessage() int { return h.session.engine.MaxReceive() }

// Can tells whether the client has an extension of the protocol, as the bridge does. It is for callers that do not hold the lock.
func (h *Handle) Can(c core.Capability) bool {
	h.Lock()
	defer h.Unlock()
	return h.session.engine.Can(c)
}

// IsAway tells whether the client is away.
func (h *Handle) IsAway() bool {
	h.Lock()
	defer h.Unlock()
	return h.session.line == nil
}

// Queue is what waits for the socket's client. The lock is held while it is used, but by the reading goroutine to look at
// subscriptions, which nobody else changes.
func (h *Handle) Queue() *outbox.Queue { return h.queue }

// Usage is what the sockets of the session have together. The lock is held.
func (h *Handle) Usage() *Usage { return &h.session.usage }

// Open tells whether the socket may still send something to its client. The lock is held.
func (h *Handle) Open() bool { return h.open && h.session.over == nil }

// Charge opens a charge on the session's account, for something that the socket holds. The lock guards it.
func (h *Handle) Charge(k account.Kind) *account.Charge { return h.session.costs.Charge(k) }

// Pins tells whether so many bytes of the frame that is being handled hold much more in memory than they are: the WebSocket
// message they came in. Who keeps them for long keeps a copy. It is also true of a Request whose memory is lent: who keeps it for
// longer than Gather takes keeps a copy. It is for who handles the frame.
func (h *Handle) Pins(size int) bool { return h.session.pins(size) }

func (s *session) pins(size int) bool { return int(s.batch.Load()) > 2*size+smallBatch }

// smallBatch is how much may be held unseen for what is kept of a WebSocket message, or of several that share memory. It is
// less than each thing costs that is kept.
const smallBatch = 512

// Background runs f in a goroutine that the bridge waits for when it closes. A bridge that is closing runs nothing.
func (h *Handle) Background(f func()) { h.session.registry.background(f) }

// Hold makes a source of messages wait until it is Ready: that is asked with the lock held, and Resume is called without it. The lock is
// held.
func (h *Handle) Hold(src outbox.Source) { h.session.held.Hold(src) }

// Unhold forgets a source. The lock is held.
func (h *Handle) Unhold(src outbox.Source) { h.session.held.Unhold(src) }

// resumeHeld lets go on what has room again. No lock is held.
func (s *session) resumeHeld() {
	s.mu.Lock()
	ready := s.held.TakeReady()
	s.mu.Unlock()
	for _, src := range ready {
		src.Resume()
	}
}

// Send appends a frame about the socket to what the client is sent.
func (h *Handle) Send(f core.Frame) error {
	h.Lock()
	defer h.Unlock()
	return h.SendLocked(&f)
}

// SendLocked is Send.
func (h *Handle) SendLocked(f *core.Frame) error {
	f.Socket = h.id
	return h.session.append(f)
}

// ReplyDeferred appends the Reply to a request to what the client is sent, for somebody who has more to send, to the same client or to
// others, and calls Flush then, if it says so. The lock is held.
func (h *Handle) ReplyDeferred(request uint64, m core.Message) (flush bool, err error) {
	s := h.session
	if s.over != nil || s.sockets == nil {
		return false, errEnded
	}
	flush = !s.deferred
	s.deferred = true
	return flush, s.engine.AppendReply(h.id, request, m)
}

// Flush writes what was deferred.
func (h *Handle) Flush() {
	h.Lock()
	defer h.Unlock()
	h.session.deferred = false
	h.session.writeNow()
	if h.session.overfull() {
		h.session.endOverfull()
	}
}

// Fail answers a request with an error.
func (h *Handle) Fail(request uint64, e *core.Error) {
	h.Lock()
	defer h.Unlock()
	h.FailLocked(request, e)
}

// FailLocked is Fail.
func (h *Handle) FailLocked(request uint64, e *core.Error) {
	h.session.append(failed(h.id, request, e))
}

// Offer queues a message for the client, or does as the terms of its subscription say when there is no room. It never
// blocks: a gateway calls it on behalf of everybody.
func (h *Handle) Offer(e *outbox.Entry) {
	h.Lock()
	defer h.Unlock()
	if h.Open() {
		h.OfferLocked(e)
	}
}

// OfferLocked is Offer, for a socket that is Open.
func (h *Handle) OfferLocked(e *outbox.Entry) { h.Heed(h.queue.Offer(e)) }

// OfferBurst is Offer for messages that came together, of which the client learns the places in the history of an endpoint,
// unless that is 0. They are written by the round they are of, or else at once, if the network takes them. The lock is held, and no
// other; the socket is Open.
func (h *Handle) OfferBurst(p burst.Part, endpoint uint64) {
	v := h.queue.OfferBurst(p, endpoint, h.session.engine)
	if v != outbox.Queued {
		h.Heed(v)
	}
	h.session.writeWith(p.Round)
}

// Take queues a message for the client if it would wait for nothing but the writer, and tells whether it did.
func (h *Handle) Take(e *outbox.Entry) bool {
	if !h.queue.Take(e) {
		return false
	}
	h.session.settle()
	h.wake()
	return true
}

// Heed does what follows from a Verdict of the socket's Queue. The lock is held.
func (h *Handle) Heed(v outbox.Verdict) {
	h.session.settle()
	if v != outbox.Queued {
		h.Counters().Add(h.session.outbox.TakeCounts())
	}
	if v == outbox.Closed {
		h.session.closeSlow(h)
	}
	h.wake()
}

func (h *Handle) wake() {
	if h.session.outbox.Wakes() {
		h.session.wakeWriter()
	}
}

// grant adds credit.
func (h *Handle) grant(f *core.Frame) error {
	h.Lock()
	defer h.Unlock()
	if !h.queue.Grant(f.Messages, f.Bytes) {
		return core.NewCloseError(core.CloseState, "credit overflow")
	}
	return nil // the line writes what may be sent now, and lets sources go on that were held
}

// release ends the socket's ZeroMQ side and forgets what waits for its client.
func (h *Handle) release(f Farewell) {
	h.socket.Release(f)
	h.Lock()
	defer h.Unlock()
	h.queue.Close()
	h.cost.Set(0)
	h.session.settle()
}
