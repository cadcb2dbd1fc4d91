package lifetime

import (
	"context"
	"time"
)

// limited is a part of the time of a Context.
type limited struct {
	Context
	deadline time.Time
}

// Deadline is part of context.Context.
func (l *limited) Deadline() (time.Time, bool) { return l.deadline, true }

// Within is context.WithTimeout, which would ask for the channel.
func (l *Context) Within(limit time.Duration) (ctx context.Context, cancel func()) {
	part := &limited{deadline: time.Now().Add(limit)}
	due := time.AfterFunc(limit, func() { part.end(late) })
	forget := l.AfterFunc(part.End)
	if l.Err() != nil {
		part.End() // before anybody looks
	}
	return part, func() {
		due.Stop()
		forget()
		part.End()
	}
}
