package cost

import (
	"net/http"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
)

// Session is the account of a session, and what the session itself holds for its client. Its sockets have charges of their own on the
// same account. The session's lock guards it.
type Session struct {
	*account.Account
	queue      account.Charge // frames that were not written
	window     account.Charge // frames that were not acknowledged, and the room there is for more
	outbox     account.Charge
	connection account.Charge // the session, and the handshake it remembers
	aside      account.Charge // frames that have come and have yet to be handled
	refusals   refusals
}

// sessionPlace is what a session costs at rest.
const sessionPlace = 8 << 10

// Open begins the account. shed is called when the session has to make room for others.
func (c *Session) Open(memory *account.Pool, lock sync.Locker, shed func()) {
	c.Account = memory.Open(lock, shed)
	c.queue.Open(c.Account, account.Queue)
	c.window.Open(c.Account, account.Window)
	c.outbox.Open(c.Account, account.Outbox)
	c.connection.Open(c.Account, account.Connection)
	c.aside.Open(c.Account, account.Reading)
}

// Remember is told which handshake the session remembers.
func (c *Session) Remember(handshake *http.Request) {
	c.connection.Set(sessionPlace + HeaderSize(handshake))
}

// SetAside is told of a frame that has come and has yet to be handled; with a negative size, that it has been.
func (c *Session) SetAside(size int) { c.aside.Add(size) }

// Close is told that the session has ended, and that its sockets hold nothing any more.
func (c *Session) Close() {
	c.connection.Set(0)
	c.Account.Close()
}

// Settle brings the account up to date with what the engine and the outbox hold, and bounds by it, and by how much may be held in all,
// what may wait in the outbox. grown is by how much more, or less, clients have in common.
func (c *Session) Settle(engine *core.Session, box *outbox.Outbox, limit int) (grown int) {
	grown = c.settleShared(engine, box)
	waiting := box.Bytes()
	bound := min(limit/2, limit-limit/16-c.Held()+waiting)
	if c.Tight() {
		bound = min(bound, max(waiting, tightOutbox))
	}
	box.Bound(bound)
	return grown
}

// settleShared notes what waits for the client, and what of it others have in common.
func (c *Session) settleShared(engine *core.Session, box *outbox.Outbox) (grown int) {
	box.Return(engine.Returned())
	waiting, referred := box.Borrowed()
	queued := engine.Queued()
	window := engine.Held() - queued
	inWindow := min(window, referred)
	c.queue.SetShared(queued, min(queued, referred-inWindow))
	c.window.SetShared(window, inWindow)
	c.outbox.SetShared(box.Bytes(), waiting)
	return box.TakeGrowth()
}

// tightOutbox is what may wait for a client however short the bridge is of memory, so that one that reads misses little.
const tightOutbox = 64 << 10

// Fits tells whether so many bytes more may be held. Half of the limit is for messages of subscriptions, which may fill it,
// and the last sixteenth for frames that have to be sent whatever happens: refusals, and news of endpoints.
func (c *Session) Fits(size, limit int) bool {
	return c.Held()+size <= limit-limit/16 && (!c.Tight() || c.modest(size))
}

// Room is how many bytes more Fits allows for sure.
func (c *Session) Room(limit int) int {
	if c.Tight() {
		return 0
	}
	return max(0, limit-limit/16-c.Held())
}

// modest tells whether so little more may be held although memory is short. What the connection itself takes does not count: everybody
// has one.
func (c *Session) modest(size int) bool {
	return c.Modest(c.Held() - c.HeldAs(account.Connection) + size)
}
