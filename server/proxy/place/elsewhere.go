package place

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Elsewhere are other bridges, at which names may be taken that are unique among all. The zero value: there are none.
type Elsewhere struct {
	// Hold takes a name for this bridge until release is called, which does not wait. lost is called should it go to another bridge
	// before, and wanted when another bridge asks for it. The error is core.Conflict where another bridge has it, and Hold is asked again
	// after a while.
	Hold func(ctx context.Context, p Place, lost, wanted func()) (release func(), err error)

	// Dismiss ends the session with an ID, whose name has gone to another bridge.
	Dismiss func(session string)

	// Connections bear the names. Nil: none does for longer than its socket.
	Connections Connections
}

// askAgain is how long it takes until another bridge is asked again.
const askAgain = time.Second

// asksElsewhere tells whether the claim's place may be taken at another bridge.
func (c *claim) asksElsewhere() bool {
	return c.unique && c.place.Identity != "" && c.ledger.elsewhere.Hold != nil && !c.ledger.isHeld(c.place)
}

// hold takes the claim's place at all bridges. While another one has it, it waits as long as anybody does.
func (c *claim) hold() error {
	if !c.asksElsewhere() {
		return nil
	}
	l := c.ledger
	ctx, cancel := context.WithTimeout(context.Background(), l.patience)
	defer cancel()
	again := time.NewTicker(askAgain)
	defer again.Stop()
	for conflict := error(nil); ; {
		release, err := l.elsewhere.Hold(ctx, c.place, func() { l.lost(c.place) }, func() { l.wanted(c.place) })
		if err == nil {
			l.holds(c.place, release)
			return nil
		}
		if conflict != nil && ctx.Err() != nil { // there was no time for another answer
			return conflict
		}
		if core.CodeOf(err) != core.Conflict {
			return err
		}
		if conflict == nil {
			c.who.Down(err)
		}
		conflict = err
		select {
		case <-again.C:
		case <-c.left:
			return err
		case <-ctx.Done():
			return err
		}
	}
}
