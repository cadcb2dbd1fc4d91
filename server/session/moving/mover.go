package moving

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
)

// Mover is a session.Socket that can go on at another bridge. All is called without a lock.
type Mover interface {
	// Rest says that the socket is going to leave: it takes nothing more from backends that would have to be answered.
	Rest()

	// Leave is called when no frame of the client is handled any more. It takes along what it can of what is under way, and tells the
	// client of the rest. state has what the socket is; it is called once, with the session's lock held, and nothing is sent to the
	// client after it. Release follows.
	Leave() (state func() moved.Socket)

	// Arrive makes a socket, which has handled no frame yet, what another one was. It is called as Handle of a session.Socket is. An error ends the
	// session.
	Arrive(m *moved.Socket) error
}

// Depot is where sessions wait that other bridges are to take over. What it keeps is sealed: it can read none of it.
type Depot interface {
	// Ready tells whether it makes sense to leave something.
	Ready() bool

	// Put leaves a parcel at each of these places, or at none. It may be gone after the longest time for which a bridge keeps a session.
	Put(ctx context.Context, places []string, parcel []byte) error

	// Get looks what is at a place. The error is core.Lost where there is nothing. take takes it away: of all who try, for whatever
	// place the parcel was left at, one succeeds.
	Get(ctx context.Context, place string) (parcel []byte, take func(context.Context) error, err error)

	// Late has told called if another bridge leaves a session at a place after all, at which Get has found nothing: what it still had does not
	// reach its client. told is called without a lock, and must not block. forget ends that.
	Late(place string, told func()) (forget func())
}
