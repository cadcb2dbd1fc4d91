package translator

import (
	"context"
	"errors"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// readMessages hands the client's messages to the dialect. It reads no faster than the bridge does.
func (c *Conn) readMessages(ctx context.Context) {
	for {
		err := c.awaitRoom(ctx)
		if err == nil {
			err = c.readMessage(ctx)
		}
		if err != nil {
			c.partWith(ctx)
			c.fail(err)
			return
		}
	}
}

func (c *Conn) readMessage(ctx context.Context) error {
	c.listens.Store(true)
	message, text, err := c.ws.ReadEither(ctx)
	c.listens.Store(false)
	c.heard.Store(true)
	if err != nil {
		return err
	}
	for {
		c.mu.Lock()
		err := c.dialect.Receive(message, text)
		kept := c.kept
		c.mu.Unlock()
		c.signal()
		if err != ErrLater {
			return errors.Join(err, c.holding.handled(len(message), kept), c.write(ctx))
		}
		if err := c.await(ctx); err != nil {
			return err
		}
	}
}

// maxAhead is how many bytes may be translated that the bridge has not read.
const maxAhead = 1 << 20

func (c *Conn) awaitRoom(ctx context.Context) error {
	for {
		c.mu.Lock()
		ahead := c.engine.Queued()
		c.mu.Unlock()
		if ahead < maxAhead {
			return nil
		}
		if err := c.await(ctx); err != nil {
			return err
		}
	}
}

// await waits until the bridge has said or read something.
func (c *Conn) await(ctx context.Context) error {
	select {
	case <-c.changed:
		return nil
	case <-ctx.Done():
		return core.NewError(core.Lost, "the connection has ended")
	}
}
