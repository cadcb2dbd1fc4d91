package moving

import (
	"context"
	"time"
)

// restStep is how often it is looked whether a session has come to rest.
const restStep = 5 * time.Millisecond

// comeToRest waits until no answer is outstanding, neither of a backend nor of the client, and what the client has closed has been passed on. For a fifth of the time the
// client is served as ever, and for another fifth nothing more is asked of it. Then nothing of it is handled any more, which its end keeps, and only what is under way is waited
// for. When it has come to rest, or the time is over, no frame is being handled, and none is from now on, until GoOn. It fails where somebody is still asked about a
// frame then.
func comeToRest(ctx context.Context, s Session, patience time.Duration) bool {
	began, rested := time.Now(), false
	rest := func() {
		if !rested {
			rested = true
			restSockets(s)
		}
	}
	for {
		waited := time.Since(began)
		if waited >= patience/5 {
			rest()
		}
		late := waited >= patience*2/5
		if late || rested && !s.Look().Owes {
			s.Halt(ctx)
		}
		if s.Look().isQuiet(late) && s.Halt(ctx) {
			if rest(); s.Look().isQuiet(late) {
				return true
			}
			s.GoOn() // a backend has just asked the client something
		}
		if waited >= patience || ctx.Err() != nil {
			return s.Halt(ctx) && !s.Look().Asked
		}
		time.Sleep(restStep)
	}
}

// restSockets has the sockets take no more from backends that the client would have to answer.
func restSockets(s Session) {
	movers, err := s.Movers()
	if err != nil {
		return // which whoever moves the session finds out
	}
	for _, m := range movers {
		m.Rest()
	}
}
