package pubsub

import (
	"cmp"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
)

// Misser is a Subscriber that wants to know of the messages it would have been given, had they not been over a limit. Missed
// is called like Deliver, in its place. Of the topic there is no more than was read before it was too much.
type Misser interface {
	Missed(topic []byte)
}

// receiveExcess tells those for whom a message would have been that is left out. It is called by the reader goroutine of the
// connection. Who waits behind last values is told a little early.
func (f *Feed) receiveExcess(publisher int, head core.Message) error {
	name := []byte(nil)
	if len(head) > 0 {
		name = head[0]
	}
	if f.counting.on() {
		if err := cmp.Or(f.filling.cut(), f.heed(f.observe(publisher, head, (*sequence.Count).Pass), head)); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	f.number++
	f.targets = f.targets[:0]
	f.mu.Lock()
	f.route(name)
	if f.log != nil {
		f.log.Miss(name)
	}
	f.mu.Unlock()
	for _, x := range f.targets {
		if misser, ok := x.subscriber.(Misser); ok && !x.closed.Load() {
			misser.Missed(name)
		}
	}
	clear(f.targets)
	clear(f.matches)
	return nil
}
