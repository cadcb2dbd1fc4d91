package durable

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// ErrAnother is what a Stream answers when it was deleted, and made anew perhaps: it has to be opened again.
var ErrAnother = core.NewError(core.Unavailable, "the history was deleted")

// Store has the streams of a bridge, or of a cluster of bridges.
type Store interface {
	// Open finds the stream of an endpoint, or makes it. Only the Age and the Bytes of what is to be kept count.
	Open(ctx context.Context, endpoint string, keep access.History) (Stream, error)
}

// Stream is entries in an order that is the same for everybody, numbered from 1 on. The oldest go when there are too many. Its methods
// may be called by anybody at the same time.
type Stream interface {
	// Name is a text that no other stream has, and that this one will not have any more when it was deleted and made anew.
	Name() string

	// Range is the numbers of the oldest entry and of the newest; when there is none, oldest is newest+1.
	Range(ctx context.Context) (oldest, newest uint64, err error)

	// Get is the entry of a number, or the next behind it.
	Get(ctx context.Context, number uint64) (Stored, error)

	// Read is some of the entries from a number on: at least one, unless there is none.
	Read(ctx context.Context, from uint64) ([]Stored, error)

	// Follow calls take for all entries behind a number, in order, with those together that have come since the last call, until ctx ends, take
	// fails, or it cannot go on; the error says why. live is called when everything is prepared. take must not keep the slice.
	Follow(ctx context.Context, behind uint64, live func(), take func([]Stored) error) error

	// Limit is how long an entry may be; 0: nobody knows.
	Limit() int

	// Begin has every append refused that belongs to an earlier Term, whoever began that, and wherever the append is on its way.
	Begin(ctx context.Context) (Term, error)

	// Lease waits until the bridge may append, as one at a time may.
	Lease(ctx context.Context) (Lease, error)
}

// Stored is an entry and its number.
type Stored struct {
	Number uint64
	Entry  []byte // must not be modified
}

// Term is a time in which entries are appended by one ingester, until another one begins.
type Term interface {
	// Append begins to add an entry right behind the one whose number is last. It is refused where that is not the last. So after one that
	// was refused or lost, all are.
	Append(entry []byte, last uint64) (Pending, error)
}

// Pending is an entry that may not have been stored yet.
type Pending interface {
	// Wait returns nil when it is stored. An error says that it is not, or that nobody knows.
	Wait(ctx context.Context) error
}

// Lease is the right to append, for as long as it is renewed, which it is by itself.
type Lease interface {
	// Lost is closed when it could not be renewed.
	Lost() <-chan struct{}

	// Release gives it back, so that somebody else has it soon.
	Release()
}
