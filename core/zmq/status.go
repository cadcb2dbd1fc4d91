package zmq

import (
	"context"
	"iter"
)

// State of a Context.
type State uint8

const (
	Connecting   State = iota // there has been no connection yet
	Connected                 // the bridge has welcomed this client
	Reconnecting              // the connection was lost; what is pending may still end well
	Draining                  // connected, but the bridge has asked the client to leave; another connection will follow
	Ended                     // there is no connection and there will be none
)

var stateNames = [...]string{"connecting", "connected", "reconnecting", "draining", "closed"}

// String is the state in lower case, as JavaScript has it.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Status is the state of a Context, and the reason if there is one: why the last connection or attempt has failed, why the
// bridge asks the client to leave, or why there will be no further connection. Programs decide on CodeOf(Err).
type Status struct {
	State State
	Err   error
}

// Status is the state of the connection now.
func (c *Context) Status() Status {
	c.mu.Lock()
	defer c.unlock()
	return c.status
}

// Watch yields the status at once and whenever it has changed, until ctx ends or after [Ended]. If changes come faster than
// the loop runs, it yields only the last one.
func (c *Context) Watch(ctx context.Context) iter.Seq[Status] {
	return func(yield func(Status) bool) {
		var seen uint64
		for {
			var status Status
			err := c.await(ctx, &c.changed, func() bool {
				status = c.status
				fresh := c.statusCount != seen
				seen = c.statusCount
				return fresh
			})
			if err != nil || !yield(status) || status.State == Ended {
				return
			}
		}
	}
}

// setStatus changes the status and tells the watchers. The caller holds the lock.
func (c *Context) setStatus(state State, err error) {
	c.status = Status{state, err}
	c.statusCount++
	c.changed.Fire()
	c.note(Event{Kind: stateEvents[state], Err: err})
}
