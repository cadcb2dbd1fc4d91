package gatewaytest

import (
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Mailbox is a Receiver of a port, with as much room as a test gives it.
type Mailbox struct {
	Messages chan core.Message
	Room     atomic.Int64
}

// Plenty of room for any test.
const Plenty = 100_000

// NewMailbox makes a Mailbox with room for so many messages.
func NewMailbox(room int64) *Mailbox {
	b := &Mailbox{Messages: make(chan core.Message, Plenty)}
	b.Room.Store(room)
	return b
}

// Receive implements Receiver.
func (b *Mailbox) Receive(m core.Message) bool {
	if b.Room.Add(-1) < 0 {
		b.Room.Add(1)
		return false
	}
	b.Messages <- m
	return true
}

// Next waits for a message.
func (b *Mailbox) Next(t testing.TB) core.Message {
	t.Helper()
	return Await(t, "a message", b.Messages)
}
