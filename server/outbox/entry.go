package outbox

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// Entry is a message on its way to a client.
type Entry struct {
	Body core.Body
	Size int // payload bytes, which is what credit counts

	// The place of the message in the history of an endpoint, which is counted from 1; Offset 0: it has none.
	Endpoint, Offset uint64

	// TooLarge says that the message was left out at its source because it was over a limit, and that this has to be told in
	// its place. Of Body only the topic counts.
	TooLarge bool

	block *burst.Burst // that Body is a part of, which stays in memory with it; nil: it is nobody else's
	pins  bool         // so much of that burst is not for this queue that copies are kept

	missed  uint64 // messages that were dropped just before it
	away    bool   // the backend was away just before it
	absent  absent // what never came, just before it
	arrival int64  // orders the messages of a socket, whatever lanes they are in
}

// place is what a queued message costs besides its payload: without it, empty messages would cost nothing.
const place = 128

// cost is what a message takes of the bytes that may wait for a client.
func (e *Entry) cost() int { return e.Size + place }

// Excess stands for a message that was over a limit. It has the topic that this one would have had.
func Excess(topic []byte) *Entry {
	return &Entry{Body: core.EncodeBody(core.Message{topic}), TooLarge: true}
}
