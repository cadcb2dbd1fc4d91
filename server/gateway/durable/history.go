package durable

import (
	"context"
	"log/slog"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
)

// History is a feed's stream with all that a bridge does with it. Every field has to be set.
type History struct {
	Store    Store
	Endpoint string
	Keep     access.History
	Ingester *Ingester
	Archive  *Archive
	Feed     *pubsub.Feed
	Log      *slog.Logger

	// State is told whether the stream is followed (nil), or why it is not.
	State func(reason error)
}

// Run opens the stream, as often as that is needed, adds to it when it is this bridge's turn, and feeds the feed, until ctx ends.
func (h *History) Run(ctx context.Context) {
	t := trouble{log: h.Log, what: "a durable history cannot be opened", endpoint: h.Endpoint}
	for ctx.Err() == nil {
		s, err := h.open(ctx)
		if err == nil {
			t.isOver()
			h.use(ctx, s)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		t.is(err) // who runs the bridge may have to do something about it
		h.state(errNotThere)
		pause(ctx, retryTime)
	}
}

func (h *History) open(ctx context.Context) (Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return h.Store.Open(ctx, h.Endpoint, h.Keep)
}

// use goes by a stream until it is not there any more.
func (h *History) use(ctx context.Context, s Stream) {
	ctx, end := context.WithCancel(ctx)
	h.Archive.Open(s)
	var ingesting sync.WaitGroup
	ingesting.Go(func() { h.Ingester.Run(ctx, s, h.Endpoint) })
	follower := Follower{Stream: s, Feed: h.Feed, Log: h.Log, State: h.state, trouble: trouble{log: h.Log, what: "a durable history is not followed", endpoint: h.Endpoint}}
	follower.Run(ctx)
	end()
	ingesting.Wait()
}

// state has the ingester know, too, whether the stream is there: while it is not, what is heard may be what nobody has stored.
func (h *History) state(reason error) {
	h.Ingester.recent.lose(reason != nil)
	h.State(reason)
}
