package pubsub

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
)

// gathering is messages that were routed, and not delivered yet: those that came with one read of the connection. Each
// subscriber is visited once for all of them.
type gathering struct {
	builder burst.Builder
	targets []*Subscription // those whose gathered is not empty
	offset  uint64          // of the last message that the log has kept; 0: there is none since the last flush
}

// Receive routes and delivers one message, of which nothing is kept.
func (f *Feed) Receive(m core.Message) {
	f.gather(m, 0)
	f.flush()
}

// gather routes one message, of which nothing is kept, and which is delivered by flush; more is how many bytes of others
// have come with it. It is called by the reader goroutine of the connection.
func (f *Feed) gather(m core.Message, more int) error {
	f.number++
	f.targets = f.targets[:0]
	offset := uint64(0)
	if f.last == nil && f.log == nil {
		f.mu.RLock()
		f.route(m[0])
		f.mu.RUnlock()
	} else {
		offset = f.routeAndKeep(m)
	}
	if len(f.targets) == 0 && f.unasked != nil {
		f.targets = append(f.targets, f.unasked)
	}
	if len(f.targets) > 0 {
		f.add(m, offset, more)
	}
	f.gathering.offset = max(f.gathering.offset, offset)
	clear(f.targets)
	clear(f.matches)
	return nil
}

// add has a message delivered to the targets.
func (f *Feed) add(m core.Message, offset uint64, more int) {
	g := &f.gathering
	if !g.builder.Fits(m.Size(), offset) {
		f.flush()
	}
	number := g.builder.Len()
	g.builder.Add(m, offset, more)
	for _, x := range f.targets {
		if len(x.gathered) == 0 {
			g.targets = append(g.targets, x)
		}
		x.gathered = burst.Append(x.gathered, number)
	}
}

// flush delivers what was gathered. It is called by the reader goroutine, before it waits for more.
func (f *Feed) flush() {
	g := &f.gathering
	if b := g.builder.Take(); b != nil {
		f.deliver(b)
	}
	if g.offset > 0 {
		f.log.Delivered(g.offset)
		g.offset = 0
	}
}
