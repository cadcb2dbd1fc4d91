//go:build js && wasm

package wsconn

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const (
	maxBuffered  = 1 << 20         // bytes the browser may hold unsent before Write waits
	closeTimeout = 5 * time.Second // how long Close waits for the peer's answer
)

// Conn is one WebSocket of the browser. The package comment says how its methods behave. Its listeners are called from the
// page's event loop and only note what has happened. A browser goes on receiving whether Read is called or not. So a Conn
// ends when it holds unread messages of twice its limit.
type Conn struct {
	ws          safejs.Value
	bytes       safejs.Value // the class Uint8Array
	listeners   []listener   // until the connection ends
	text        bool
	limit       int
	subprotocol string

	opened chan struct{} // closed when the handshake is done
	ended  chan struct{} // closed when err is set
	more   chan struct{} // tells Read that a message was queued; capacity 1

	mu sync.Mutex

	queue  [][]byte
	queued int
	err    error
}

// Dial opens a WebSocket to a ws:// or wss:// URL. The context bounds only the handshake. A browser sends its own headers and
// no others, so a header is an Unsupported error.
func Dial(ctx context.Context, url string, header map[string][]string, o Options) (*Conn, error) {
	if len(header) > 0 {
		return nil, core.NewError(core.Unsupported, "a browser sets no headers on a WebSocket")
	}
	c := &Conn{text: o.Text, limit: int(o.limit()),
		opened: make(chan struct{}), ended: make(chan struct{}), more: make(chan struct{}, 1)}
	if err := c.open(url, o.Subprotocol); err != nil {
		return nil, err
	}
	select {
	case <-c.opened:
	case <-c.ended:
		return nil, core.NewError(core.Unavailable, "no WebSocket to "+url+"; a browser does not say why")
	case <-ctx.Done():
		c.Drop()
		return nil, core.NewError(core.Unavailable, "no WebSocket to "+url+": "+ctx.Err().Error())
	}
	if c.subprotocol != o.Subprotocol {
		c.Close(core.CloseNormal, "")
		return nil, core.NewError(core.Unsupported, "the server does not speak "+o.Subprotocol)
	}
	return c, nil
}

// open starts the handshake and adds the listeners. No event can come before they are there, because the event loop runs only
// when the caller waits.
func (c *Conn) open(url, subprotocol string) error {
	class, err := safejs.Global().Get("WebSocket")
	if err != nil || class.IsUndefined() {
		return core.NewError(core.Unsupported, "there is no WebSocket in this JavaScript")
	}
	if c.bytes, err = safejs.Global().Get("Uint8Array"); err != nil {
		return core.NewError(core.Internal, err.Error())
	}
	args := []any{url}
	if subprotocol != "" {
		args = append(args, subprotocol)
	}
	if c.ws, err = class.New(args...); err != nil {
		return core.NewError(core.Invalid, err.Error())
	}
	err = errors.Join(
		c.ws.Set("binaryType", "arraybuffer"),
		c.listen("open", c.onOpen), c.listen("message", c.onMessage), c.listen("error", c.onError), c.listen("close", c.onClose))
	if err != nil {
		c.Drop()
		return core.NewError(core.Internal, err.Error())
	}
	return nil
}

// Read returns the next message. The caller may keep it.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, c.spent(err)
		}
		if b, err := c.next(); b != nil || err != nil {
			return b, err
		}
		select {
		case <-c.more:
		case <-c.ended:
		case <-ctx.Done():
		}
	}
}

// next returns the next message, or the reason why there will be none, or neither if none has come yet.
func (c *Conn) next() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, c.err
	}
	b := c.queue[0]
	c.queue[0] = nil
	c.queue = c.queue[1:]
	c.queued -= len(b) + queuedItem
	return b, nil
}

// spent ends the connection whose context has ended.
func (c *Conn) spent(err error) error {
	c.Drop()
	return core.NewError(core.Lost, err.Error())
}

// Write sends one message. The caller may reuse b when it returns. It waits while the browser has too many bytes that are not
// sent yet. There is no event that tells when it has fewer, so Write checks again and again.
func (c *Conn) Write(ctx context.Context, b []byte) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 16*time.Millisecond) {
		if err := ctx.Err(); err != nil {
			return c.spent(err)
		}
		select {
		case <-c.ended:
			return core.NewError(core.Lost, "the connection has ended")
		default:
		}
		if c.buffered() < maxBuffered {
			return c.send(b)
		}
		select {
		case <-time.After(pause):
		case <-c.ended:
		case <-ctx.Done():
		}
	}
}

func (c *Conn) buffered() int {
	amount, err := c.ws.Get("bufferedAmount")
	if err != nil {
		return 0
	}
	n, _ := amount.Int()
	return n
}

func (c *Conn) send(b []byte) error {
	var data any = string(b)
	if !c.text {
		array, err := c.bytes.New(len(b))
		if err == nil {
			_, err = safejs.CopyBytesToJS(array, b)
		}
		if err != nil {
			return core.NewError(core.Internal, err.Error())
		}
		data = array
	}
	if _, err := c.ws.Call("send", data); err != nil {
		return core.NewError(core.Lost, err.Error())
	}
	return nil
}

// Close sends a close frame with a code and a reason, and waits a few seconds for the peer's answer. A browser accepts only
// the codes 1000 and 3000 to 4999; with any other code the connection is dropped.
func (c *Conn) Close(code core.CloseCode, reason string) error {
	if _, err := c.ws.Call("close", int(code), reason); err != nil {
		c.Drop()
		return core.NewError(core.Invalid, err.Error())
	}
	select {
	case <-c.ended:
	case <-time.After(closeTimeout):
		c.Drop()
	}
	return nil
}

// Drop ends the connection at once. The browser still sends a close frame, but without a code.
func (c *Conn) Drop() error {
	c.end(core.NewError(core.Lost, "the connection was dropped"))
	c.mu.Lock()
	c.queue = nil
	c.mu.Unlock()
	_, err := c.ws.Call("close")
	return err
}

// Subprotocol is the subprotocol on which both ends have agreed; "" if there is none.
func (c *Conn) Subprotocol() string { return c.subprotocol }
