package translator

import (
	"math/rand/v2"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// What a dialect may do, with the lock held, as it is when one of its methods is called.

// Start begins the session, with credentials, which are JSON, or nil. Before that the client is nobody, and has to hurry.
func (c *Conn) Start(credentials []byte) {
	c.engine.SetCredentials(credentials)
	c.engine.Start(c.now())
}

// Engine is the client's side of zwb.v1.
func (c *Conn) Engine() *client.Client { return c.engine }

// Now is the time as the engine has it.
func (c *Conn) Now() time.Duration { return c.now() }

// Say sends the client a message, which is made of pieces.
func (c *Conn) Say(text bool, pieces ...[]byte) {
	c.said = append(c.said, saying{text: text, pieces: pieces})
}

// Pass is Say for a message of a socket. When the client was sent it, the bridge is granted credit for so many bytes.
func (c *Conn) Pass(socket uint32, bytes int, text bool, pieces ...[]byte) {
	c.said = append(c.said, saying{text, pieces, socket, bytes})
}

// Consumed is for a message of a socket of which the client is sent nothing.
func (c *Conn) Consumed(socket uint32, bytes int) { c.engine.Consumed(socket, 1, bytes) }

// Keep says how many bytes the dialect keeps of a message that is not complete.
func (c *Conn) Keep(bytes int) { c.kept = bytes }

// End ends the connection, when the client was sent what is there for it. A *core.CloseError says with which code. The first reason counts.
func (c *Conn) End(why error) {
	if c.failure == nil {
		c.failure = why
	}
	c.signal()
}

// event is the sink of the engine.
func (c *Conn) event(e *client.Event) {
	switch e.Kind {
	case client.EventDraining:
		c.leaveWithin(time.Duration(e.Millis) * time.Millisecond)
	case client.EventTurnedAway:
		c.End(core.NewCloseError(core.CloseGoingAway, string(e.Text)))
	case client.EventEnded:
		notify(c.parted)
	}
	c.dialect.Event(e)
}

// leaveWithin ends the connection at some time within a time, because the bridge shuts down: so not all clients come back at once.
func (c *Conn) leaveWithin(most time.Duration) {
	if c.leaving == nil && !c.closed {
		c.leaving = time.AfterFunc(time.Duration(rand.Int64N(int64(max(0, most))+1)), func() {
			c.fail(core.NewCloseError(core.CloseGoingAway, "the bridge is shutting down"))
		})
	}
}
