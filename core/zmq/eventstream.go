package zmq

import (
	"context"
	"iter"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// EventKind says what an Event is about.
type EventKind uint8

const (
	EventConnecting   EventKind = iota // the first attempt is under way
	EventConnected                     // the bridge has welcomed this client; EventResumed follows if the session goes on
	EventResumed                       // the session goes on after a cut; nothing was lost
	EventReset                         // the session is gone: sockets are opened again, requests that were sent have failed; Err
	EventReconnecting                  // the connection was lost; Err
	EventDraining                      // the bridge asks to leave; Err
	EventClosed                        // there will be no further connection; Err
	EventGap                           // Missed messages of Socket are missing (0: nobody knows how many); Err is a *GapError
	EventRecovered                     // the next messages of Socket, Missed in number, are such as it had missed; of a PUSH, so many were sent again (SocketOptions.Idempotent)
)

var eventNames = [...]string{"connecting", "connected", "resumed", "reset", "reconnecting", "draining", "closed", "gap", "recovered"}

// String is the kind in lower case, as JavaScript has it.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

var stateEvents = [...]EventKind{Connecting: EventConnecting, Connected: EventConnected, Reconnecting: EventReconnecting,
	Draining: EventDraining, Ended: EventClosed}

// Event is something that happened to a Context or one of its sockets. Programs decide on CodeOf(Err).
type Event struct {
	Kind   EventKind
	Err    error
	Socket *Socket // of EventGap and EventRecovered
	Missed uint64
}

// eventRoom is how many events wait for a loop that is too slow. Beyond that the oldest are dropped.
const eventRoom = 1000

// watcher is one loop over Context.Events. The lock of the Context guards it.
type watcher struct{ queue []Event }

// Events yields what happens from now on, until ctx ends or after [EventClosed]. A loop that falls a thousand events behind
// misses the oldest of them.
func (c *Context) Events(ctx context.Context) iter.Seq[Event] {
	w := &watcher{}
	c.mu.Lock()
	c.watchers[w] = struct{}{}
	if c.ended != nil {
		w.queue = append(w.queue, Event{Kind: EventClosed, Err: c.status.Err})
	}
	c.unlock()
	return func(yield func(Event) bool) {
		defer c.unwatch(w)
		for {
			var e Event
			err := c.await(ctx, &c.noted, func() bool {
				if len(w.queue) == 0 {
					return false
				}
				e = w.queue[0]
				w.queue = w.queue[1:]
				return true
			})
			if err != nil || !yield(e) || e.Kind == EventClosed {
				return
			}
		}
	}
}

func (c *Context) unwatch(w *watcher) {
	c.mu.Lock()
	defer c.unlock()
	delete(c.watchers, w)
}

// note hands an event to all watchers. The caller holds the lock.
func (c *Context) note(e Event) {
	for w := range c.watchers {
		if len(w.queue) >= eventRoom {
			w.queue = w.queue[1:]
		}
		w.queue = append(w.queue, e)
	}
	c.noted.Fire()
}

// resumed tells the watchers that the session goes on. The caller holds the lock.
func (c *Context) resumed() {
	c.setStatus(Connected, nil)
	c.note(Event{Kind: EventResumed})
}

// reset tells the watchers that the session is gone, and the sockets that they are opened again. The caller holds the lock.
func (c *Context) reset(why *core.Error) {
	c.note(Event{Kind: EventReset, Err: why})
	for _, s := range c.sockets {
		s.reset()
	}
}
