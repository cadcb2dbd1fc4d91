package moving

import (
	"context"
	"log/slog"

	"github.com/zmqwebbridge/zmqwebbridge/server/session/moved"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// Session is a session that is to leave. All is called without a lock, on the goroutine that has it leave.
type Session interface {
	// Keep waits until nobody puts the session on another line, and keeps everybody from it until release. The error is that of ctx.
	Keep(ctx context.Context) (release func(), err error)

	// Owner is a text that is the same for the same user, "" where it has none. known is false where there is a user whom no text stands for.
	Owner() (key string, known bool)

	// Movers are its sockets, in the order of their numbers. An error says why it cannot leave.
	Movers() ([]Mover, error)

	// Look tells what is under way.
	Look() Standing

	// Halt waits until no frame of the client is handled, and has the next ones wait for GoOn. It is false if ctx has ended before.
	Halt(ctx context.Context) bool

	// GoOn lets frames be handled again. If the session has ended nothing comes of it.
	GoOn()

	// Pack is the session as another bridge will make it again, with the states of its sockets, and the keys of the tokens that open it. Nothing is
	// sent to the client any more but what it has in it. An error says that it has ended.
	Pack(states []func() moved.Socket, owner string) (*moved.Session, []token.Key, error)

	// Depart ends the session here, which was packed.
	Depart()

	Log() *slog.Logger
}

// Standing is what of a session is under way at a moment.
type Standing struct {
	Over  bool // it has ended
	Away  bool // its client is away
	Asked bool // somebody is asked about a frame of the client

	Outstanding bool // backends have not answered, or what the client has sent has not been passed on
	Owes        bool // the client has not answered what backends have asked it
	Unsettled   bool // the client has not yet said which of its tokens it has
}

// isQuiet tells whether nothing is under way. What the client would have to say does not count when it is late, or the client is away.
func (s Standing) isQuiet(late bool) bool {
	quiet := !s.Outstanding && !s.Asked
	said := !s.Owes && !s.Unsettled
	return s.Over || quiet && (said || late || s.Away)
}
