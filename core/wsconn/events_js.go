//go:build js && wasm

package wsconn

import (
	"strconv"

	"github.com/hack-pad/safejs"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// queuedItem is how many bytes a queued message counts for besides its payload.
const queuedItem = 64

// listener is one event handler, kept so that it can be removed.
type listener struct {
	event string
	fn    safejs.Func
}

// listen makes the browser call handle for an event until the connection ends. If handle returns an error or panics, the
// connection ends.
func (c *Conn) listen(event string, handle func(event safejs.Value) error) error {
	fn, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		defer func() {
			if recover() != nil {
				c.end(core.NewError(core.Internal, "a bug in the handler of "+event))
			}
		}()
		if err := handle(args[0]); err != nil {
			c.end(err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.listeners = append(c.listeners, listener{event, fn})
	_, err = c.ws.Call("addEventListener", event, fn.Value())
	return err
}

func (c *Conn) onOpen(safejs.Value) error {
	c.subprotocol = stringOf(c.ws, "protocol")
	close(c.opened)
	return nil
}

func (c *Conn) onMessage(event safejs.Value) error {
	b, err := c.payload(event)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.queued += len(b) + queuedItem; c.queued > 2*(c.limit+queuedItem) {
		return core.NewCloseError(core.CloseOverloaded, "messages are not read as fast as they arrive")
	}
	c.queue = append(c.queue, b)
	select {
	case c.more <- struct{}{}:
	default:
	}
	return nil
}

// payload returns the bytes of a message, or an error if the message is not one that this connection accepts.
func (c *Conn) payload(event safejs.Value) ([]byte, error) {
	data, err := event.Get("data")
	if err != nil {
		return nil, err
	}
	if isText := data.Type() == safejs.TypeString; isText != c.text {
		return nil, core.NewCloseError(core.CloseMalformed, "this connection carries messages of the other kind")
	}
	if c.text {
		text, err := data.String()
		if err == nil && len(text) > c.limit {
			err = c.tooLarge()
		}
		return []byte(text), err
	}
	array, err := c.bytes.New(data)
	if err != nil {
		return nil, err
	}
	size, err := array.Length()
	if err == nil && size > c.limit {
		err = c.tooLarge()
	}
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	_, err = safejs.CopyBytesToGo(b, array)
	return b, err
}

func (c *Conn) tooLarge() error {
	return core.NewCloseError(core.CloseTooLarge, "WebSocket message over the limit of "+strconv.Itoa(c.limit)+" bytes")
}

// onClose handles the last event of a WebSocket.
func (c *Conn) onClose(event safejs.Value) error {
	code, err := event.Get("code")
	if err != nil {
		return err
	}
	n, err := code.Int()
	if err != nil {
		return err
	}
	if n == abnormal {
		return core.NewError(core.Lost, "the connection was lost")
	}
	return core.NewCloseError(core.CloseCode(n), stringOf(event, "reason"))
}

// onError does nothing after the handshake, because the event tells nothing and a close event follows it. Under Node 20 no
// close event follows when the handshake has failed, so then it ends the connection.
func (c *Conn) onError(safejs.Value) error {
	select {
	case <-c.opened:
		return nil
	default:
		return core.NewError(core.Unavailable, "the handshake failed")
	}
}

// abnormal is the code that a browser reports when there was no close frame (RFC 6455, section 7.1.5).
const abnormal = 1006

// stringOf returns a property that is a string, or "" if there is none.
func stringOf(v safejs.Value, property string) string {
	p, err := v.Get(property)
	if err != nil {
		return ""
	}
	s, _ := p.String()
	return s
}

// end records why there will be no more messages, and removes the listeners. Only the first call counts.
func (c *Conn) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = why
	close(c.ended)
	for _, l := range c.listeners {
		c.ws.Call("removeEventListener", l.event, l.fn.Value())
		l.fn.Release()
	}
}
