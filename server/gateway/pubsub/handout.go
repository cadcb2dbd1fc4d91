package pubsub

import (
	"cmp"
	"time"
)

// handout is how what was held back is handed out. Pages have room for what comes while they are told of it, but not for thousands of
// messages at once: were all of it handed out at the same moment, one lost message would cost them many. So it is handed out faster than it
// came, but not much, and what comes meanwhile waits behind it.
type handout struct {
	of   *fill // for which it was held back
	step int   // how many messages at a time
}

const (
	stepTime  = 10 * time.Millisecond
	leastStep = 16 // few are handed out at once
	speed     = 3  // how much faster than they came
)

// newHandout is for so many messages, which have come since a fill began.
func newHandout(r *fill, count int) handout {
	took := max(time.Since(r.begun), stepTime)
	return handout{r, max(leastStep, int(time.Duration(count)*speed*stepTime/took))}
}

// handOut hands out so many of the messages that are held. One of them may begin another fill, for which the rest is held on.
func (g *filling) handOut(most int) (err error) {
	for ; most > 0 && len(g.held) > 0 && g.fill == nil; most-- {
		body, counted := g.held[0], g.counted
		g.held[0] = nil
		g.held, g.counted = g.held[1:], false
		m, _ := body.Parts(nil) // it was encoded here
		g.release(len(body) + heldPlace)
		if counted {
			err = cmp.Or(err, g.feed.gather(m, 0))
		} else {
			err = cmp.Or(err, g.feed.count(0, m, 0))
		}
	}
	if len(g.held) == 0 {
		g.held = nil
	}
	return err
}

// handOutSlowly hands out what was held back for a fill that has ended, step by step, and at once when the feed ends. It is of the
// goroutine of the fill.
func (g *filling) handOutSlowly(r *fill) {
	again := time.NewTicker(stepTime)
	defer again.Stop()
	for more := true; more; {
		ended := false
		select {
		case <-again.C:
		case <-g.ctx.Done():
			ended = true
		}
		t := turn{feed: g.feed, shared: true}
		t.take()
		if more = g.fill == nil && g.handout.of == r && len(g.held) > 0; more {
			step := g.handout.step
			if ended {
				step = len(g.held)
			}
			_ = g.handOut(step) // a panic, which the log has heard of
		}
		t.end()
	}
}
