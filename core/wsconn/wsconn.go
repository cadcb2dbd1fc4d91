//go:build !js

package wsconn

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Conn is one WebSocket. The package comment says how its methods behave.
//
// With many clients nothing of it is in a cache when something has come. What every read needs is at the end, and goes on with what a
// read of lookingConn needs, see accepted.
type Conn struct {
	ws        atomic.Pointer[websocket.Conn] // of an accepted WebSocket it is made when it is needed, see library
	late      sync.Mutex                     // held while it is
	stopWatch atomic.Pointer[func() bool]
	dropped   atomic.Bool // ws is not made any more
	ponged    atomic.Bool
	protocol  string

	reading reading
	taking  taking
	watched any          // the context that the connection ends with, see identity
	texts   bool         // its messages are text
	either  bool         // they are of both kinds
	text    bool         // the last one was text
	tcp     *lookingConn // of an accepted WebSocket; nil: it was dialed
}

// accepted is all that an accepted WebSocket needs as long as nothing comes or goes that is not simple, in one piece of memory. It is
// 512 bytes, which is a size that the allocator has.
type accepted struct {
	conn Conn
	tcp  lookingConn
}

func (c *Conn) apply(o Options) {
	c.texts, c.either, c.protocol = o.Text, o.Either, o.Subprotocol
	c.reading.limit = int(o.limit())
}

// kind is what its messages are, unless they are of both kinds.
func (c *Conn) kind() websocket.MessageType {
	if c.texts {
		return websocket.MessageText
	}
	return websocket.MessageBinary
}

// Dial opens a WebSocket to a ws:// or wss:// URL. The context bounds only the handshake. The error is Unavailable if nobody
// answers, Unauthenticated or Denied if the server refuses with status 401 or 403, and Unsupported if the server does not
// speak the subprotocol.
func Dial(ctx context.Context, url string, header http.Header, o Options) (*Conn, error) {
	dial := &websocket.DialOptions{HTTPHeader: header, HTTPClient: dialing()}
	if o.Subprotocol != "" {
		dial.Subprotocols = []string{o.Subprotocol}
	}
	ws, resp, err := websocket.Dial(ctx, url, dial)
	if err != nil {
		return nil, dialError(resp, err)
	}
	if ws.Subprotocol() != o.Subprotocol {
		ws.Close(websocket.StatusNormalClosure, "")
		return nil, core.NewError(core.Unsupported, "the server does not speak "+o.Subprotocol)
	}
	ws.SetReadLimit(-1) // as in library
	c := new(Conn)
	c.apply(o)
	c.ws.Store(ws)
	return c, nil
}

func dialError(resp *http.Response, err error) error {
	if resp == nil {
		return core.NewError(core.Unavailable, err.Error())
	}
	code, text := core.Unavailable, "the server answered "+resp.Status
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		code = core.Unauthenticated
	case http.StatusForbidden:
		code = core.Denied
	case http.StatusNotFound, http.StatusUpgradeRequired, http.StatusOK:
		code = core.Unsupported
		text += ": HTTP answers, WebSocket does not, because a proxy drops the Upgrade or the path is wrong"
	}
	return core.NewError(code, text)
}

// Accept upgrades a request to a WebSocket. The caller has to check before who is asking, and from which Origin.
func Accept(w http.ResponseWriter, r *http.Request, o Options) (*Conn, error) {
	accept := &websocket.AcceptOptions{InsecureSkipVerify: true} // the caller checks the Origin, not the library
	if o.Subprotocol != "" {
		accept.Subprotocols = []string{o.Subprotocol}
	}
	h := &hijacker{ResponseWriter: w, limit: o.limit()}
	if _, err := websocket.Accept(h, r, accept); h.taken == nil {
		return nil, core.NewError(core.Protocol, err.Error())
	}
	if w.Header().Get("Sec-WebSocket-Protocol") != o.Subprotocol {
		o.Subprotocol = ""
	}
	c := &h.taken.conn
	c.apply(o)
	c.tcp = &h.taken.tcp
	return c, nil
}

// readAny returns the next message, whatever it is like.
func (c *Conn) readAny(ctx context.Context) ([]byte, error) {
	if err := c.spent(ctx); err != nil {
		return nil, c.ended(err)
	}
	ws, err := c.library()
	if err != nil {
		return nil, c.ended(readError(err))
	}
	kind, r, err := ws.Reader(ctx)
	if err != nil {
		return nil, c.ended(readError(err))
	}
	if c.text = kind == websocket.MessageText; kind != c.kind() && !c.either {
		return nil, c.ended(core.NewCloseError(core.CloseMalformed, "this connection does not carry "+kind.String()[len("Message"):]+" messages"))
	}
	b, err := c.readInTime(r)
	if err != nil {
		return nil, c.ended(readError(err))
	}
	return b, nil
}

// readError keeps the close code of the peer, and a close code that this end has chosen. Any other error means that the
// connection is gone.
func readError(err error) error {
	var closed websocket.CloseError
	var own *core.CloseError
	switch {
	case errors.As(err, &closed):
		return core.NewCloseError(core.CloseCode(closed.Code), closed.Reason)
	case errors.As(err, &own):
		return own
	}
	return core.NewError(core.Lost, err.Error())
}

// Write sends one message. The caller may reuse b when it returns.
func (c *Conn) Write(ctx context.Context, b []byte) error {
	if err := c.spent(ctx); err != nil {
		return err
	}
	ws, err := c.library()
	if err == nil {
		err = ws.Write(ctx, c.kind(), b)
	}
	if err != nil {
		return core.NewError(core.Lost, err.Error())
	}
	return nil
}

// spent ends the connection if ctx has ended before the call. The library itself notices only a context that ends later.
func (c *Conn) spent(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	c.Drop()
	return core.NewError(core.Lost, ctx.Err().Error())
}

// Close sends a close frame with a code and a reason, and waits a few seconds for the peer's answer.
func (c *Conn) Close(code core.CloseCode, reason string) error {
	defer c.unwatch()
	if c.tcp != nil {
		c.tcp.closing.Store(true)
		c.tcp.SetDeadline(time.Now().Add(closeTimeout)) // the library waits for as long as a message of the peer takes
	}
	ws, err := c.library()
	if err != nil {
		return c.Drop()
	}
	return ws.Close(websocket.StatusCode(code), reason)
}

// Drop ends the connection at once, without a close frame.
func (c *Conn) Drop() error {
	c.unwatch()
	c.dropped.Store(true)
	var err error
	if c.tcp != nil {
		c.tcp.closing.Store(true)
		err = c.tcp.Conn.Close() // the library does nothing while a Close is under way
	}
	if ws := c.ws.Load(); ws != nil {
		return ws.CloseNow()
	}
	return err
}

// closeTimeout is how long Close waits for the peer's answer.
const closeTimeout = 5 * time.Second

// Subprotocol is the subprotocol on which both ends have agreed; "" if there is none.
func (c *Conn) Subprotocol() string { return c.protocol }
