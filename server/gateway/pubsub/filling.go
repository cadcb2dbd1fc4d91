package pubsub

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Source is a ROUTER that has the last messages of the publisher, and hands them out to who asks.
type Source interface {
	DialBeside(ctx context.Context, typ core.SocketType) (*zmtp.Conn, error)
	RunBeside(ctx context.Context, conn *zmtp.Conn) error
}

// filling gets what is missing from a Source. Newer messages are held back meanwhile, so that everybody gets all in order, and are handed
// out then; see handout.go. It is of the first publisher; where there are several nobody is asked. The feed's turns guard all of it. Nil:
// nobody is asked.
type filling struct {
	feed   *Feed
	source Source
	budget topic.Budget

	ctx     context.Context // ends with the feed
	end     context.CancelFunc
	running sync.WaitGroup // fills

	fill    *fill       // under way; nil: none is
	held    []core.Body // while a fill is under way, and then until all is handed out
	counted bool        // the first of them has shown that something is missing
	size    atomic.Int64
	rests   time.Time // nobody is asked before
	handout handout   // of what is held
}

const (
	// fillTime is how long a fill may take, for which newer messages wait; restTime is how long nobody is asked after one that has failed.
	fillTime = 5 * time.Second
	restTime = 30 * time.Second

	// What may be held back, in messages and bytes. What comes then ends the fill, and is handed out at once.
	maxHeld      = 10_000
	maxHeldBytes = 16 << 20
	heldPlace    = 64
)

func newFilling(f *Feed, source Source, budget topic.Budget) *filling {
	if source == nil {
		return nil
	}
	g := &filling{feed: f, source: source, budget: budget}
	g.ctx, g.end = context.WithCancel(context.Background())
	return g
}

// begins begins a fill before a message, if something is missing there, and tells whether it has.
func (g *filling) begins(v sequence.Verdict, m core.Message) bool {
	if g == nil || v.Kind != sequence.Gap || g.ctx.Err() != nil || time.Now().Before(g.rests) {
		return false
	}
	ctx, end := context.WithTimeout(g.ctx, fillTime)
	if !g.holdFirst(m) {
		end()
		return false
	}
	g.fill = newFill(g.feed, m, v, end)
	// Ended by its deadline or by stop, joined by stop.
	g.running.Add(1)
	go func(r *fill) {
		defer g.running.Done()
		defer end()
		complete := r.run(ctx, g.source)
		t := turn{feed: g.feed, shared: true}
		t.take()
		g.finish(r, complete)
		t.end()
		g.handOutSlowly(r)
	}(g.fill)
	return true
}

// takeRoom takes the room to keep a message back, if there is any.
func (g *filling) takeRoom(body core.Body) bool {
	cost := len(body) + heldPlace
	if len(g.held) >= maxHeld || g.size.Load()+int64(cost) > maxHeldBytes || g.budget != nil && !g.budget.Take(cost) {
		return false
	}
	g.size.Add(int64(cost))
	return true
}

// holdFirst keeps a message back that has shown that something is missing, before those that are held already.
func (g *filling) holdFirst(m core.Message) bool {
	body := core.EncodeBody(m)
	if !g.takeRoom(body) {
		return false
	}
	g.held, g.counted = slices.Insert(g.held, 0, body), true
	return true
}

// holds takes a message that came while something is missing, or while others have yet to be handed out. When there is no room for it
// that is over.
func (g *filling) holds(m core.Message) (held bool, err error) {
	if g == nil || g.fill == nil && len(g.held) == 0 {
		return false, nil
	}
	if body := core.EncodeBody(m); g.takeRoom(body) {
		g.held = append(g.held, body)
		return true, nil
	}
	return false, g.cut()
}

// cut ends what is under way before it is complete.
func (g *filling) cut() (err error) {
	for g != nil && (g.fill != nil || len(g.held) > 0) {
		if g.fill != nil {
			g.fill.end()
			err = cmp.Or(err, g.finish(g.fill, false))
		}
		err = cmp.Or(err, g.handOut(len(g.held)))
	}
	return err
}

// finish tells what a fill could not bring, and begins to hand out what was held back. Of a fill that is not under way any more it does
// nothing.
func (g *filling) finish(r *fill, complete bool) error {
	if g.fill != r {
		return nil
	}
	g.fill = nil
	if !complete {
		g.rests = time.Now().Add(restTime)
	}
	err := r.giveUp()
	g.handout = newHandout(r, len(g.held))
	return cmp.Or(err, g.handOut(g.handout.step))
}

func (g *filling) release(cost int) {
	g.size.Add(int64(-cost))
	if g.budget != nil {
		g.budget.Give(cost)
	}
}

// stop ends all fills. Nothing is heard any more.
func (g *filling) stop() {
	if g == nil {
		return
	}
	g.end()
	g.running.Wait()
}
