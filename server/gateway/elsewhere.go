package gateway

import (
	"context"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// elsewhere asks other bridges for last values under prefixes that have become live, one after the other. Nil: there are no others.
type elsewhere struct {
	ask  func(ctx context.Context, prefix string) []core.Body
	give func([]topic.Value)

	ctx     context.Context // ends with the gateway
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	prefix  []string // that wait
	asking  bool
	stopped bool
}

// mostAsked is how many prefixes wait. Of others nobody is asked: who subscribes to so many at once waits for what is published.
const mostAsked = 256

// fromElsewhere makes that of a gateway; nil, if there are no others.
func (g *SubGateway) fromElsewhere() *elsewhere {
	ask := g.factory.config.LastElsewhere
	if ask == nil {
		return nil
	}
	e := &elsewhere{ask: func(ctx context.Context, prefix string) []core.Body { return ask(ctx, g.endpoint, prefix) }, give: func(values []topic.Value) { g.feed.Seed(values) }}
	e.ctx, e.end = context.WithCancel(context.Background())
	return e
}

// lately is pubsub.Options.Lately; nil, if there are no others.
func (e *elsewhere) lately() func(prefix string) {
	if e == nil {
		return nil
	}
	return e.wanted
}

func (e *elsewhere) wanted(prefix string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped || len(e.prefix) >= mostAsked {
		return
	}
	e.prefix = append(e.prefix, prefix)
	if !e.asking {
		e.asking = true
		e.running.Go(e.run)
	}
}

// run asks until nothing waits.
func (e *elsewhere) run() {
	asked := map[string]bool{} // in this run
	for prefix, more := e.next(); more; prefix, more = e.next() {
		if asked[prefix] || e.ctx.Err() != nil {
			continue
		}
		asked[prefix] = true
		values := []topic.Value{}
		for _, body := range e.ask(e.ctx, prefix) {
			values = append(values, topic.Value(body))
		}
		e.give(values)
	}
}

func (e *elsewhere) next() (prefix string, more bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.prefix) == 0 {
		e.asking = false
		return "", false
	}
	prefix, e.prefix = e.prefix[0], e.prefix[1:]
	return prefix, true
}

func (e *elsewhere) stop() {
	if e == nil {
		return
	}
	e.end()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stopped = true
}

func (e *elsewhere) join() {
	if e != nil {
		e.running.Wait()
	}
}

// LastValues are the last messages that were heard from an endpoint, of the topics with a prefix, as other bridges want to know them: the newest ones, of so many
// bytes together. An endpoint that nobody uses has none.
func (f *Factory) LastValues(endpoint core.Endpoint, prefix string, most int) (values []core.Body) {
	f.mu.Lock()
	s := f.slots[slotKey{kind: core.SUB, endpoint: endpoint}]
	f.mu.Unlock()
	if s == nil {
		return nil
	}
	select {
	case <-s.opened:
	default:
		return nil
	}
	if g, is := s.gateway.(*SubGateway); is && s.err == nil {
		for _, v := range g.feed.LastUnder(prefix, most) {
			values = append(values, core.Body(v))
		}
	}
	return values
}
