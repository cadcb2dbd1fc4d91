package translator

import (
	"context"
	"time"
)

// partTime is how long what a client has sent before it left may take to be taken by the bridge.
const partTime = 5 * time.Second

// partWith is called when the client has gone, or is about to. It waits until the bridge has what it has sent.
func (c *Conn) partWith(ctx context.Context) {
	c.mu.Lock()
	c.gone, c.said = true, nil
	socket, is := c.dialect.Unsent()
	waits := is && c.failure == nil && c.engine.CloseWithin(socket, partTime, true, c.now())
	c.mu.Unlock()
	if !waits {
		return
	}
	c.signal()
	late := time.NewTimer(partTime)
	defer late.Stop()
	select {
	case <-c.parted:
	case <-late.C:
	case <-ctx.Done():
	}
}
