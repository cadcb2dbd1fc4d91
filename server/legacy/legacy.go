package legacy

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// textConn is the old client's WebSocket, which carries text messages. A wsconn.Conn is one.
type textConn interface {
	Read(context.Context) ([]byte, error)
	Write(context.Context, []byte) error
	Close(core.CloseCode, string) error
	Drop() error
	Bound(limit int, within time.Duration, held func(bytes int) error)
}

// Config of a translator; the zero value works.
type Config struct {
	RequestTimeout time.Duration // of every request; default 30 s
	MaxMessage     int           // payload bytes of one message; default core.DefaultMaxMessage
}

// Conn is a zwb.v1 connection whose other end is a client of 2012. One goroutine may call Read while another calls Write.
type Conn struct {
	ws      textConn
	started time.Time
	limit   int // bytes of a message of the old client
	bounded sync.Once
	pump    sync.Once
	output  chan struct{} // the engine has something for the bridge; capacity 1
	taken   chan struct{} // the bridge has read some of it; capacity 1
	turn    chan struct{} // holds a token while a goroutine writes to the WebSocket; capacity 1

	mu      sync.Mutex
	engine  *client.Client
	sockets map[uint32]*socket
	byName  map[string]*socket
	texts   []envelope // messages for the old client that were not written yet, in order
	failure error      // why reading has ended
}

// New puts a translator in front of ws. The caller ends both with Close or Drop.
func New(ws textConn, cfg Config) *Conn {
	c := &Conn{ws: ws, started: time.Now(), output: make(chan struct{}, 1), taken: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		sockets: map[uint32]*socket{}, byName: map[string]*socket{}}
	c.engine = client.New(client.Config{Agent: "bridge.js (2012)", MaxMessage: cfg.MaxMessage,
		RequestTimeout: cfg.RequestTimeout}, c.event)
	c.engine.Start(0)
	c.limit = core.NewSession(core.SessionConfig{MaxMessage: cfg.MaxMessage}, 0).Limit()
	return c
}

// Bound is part of session.Conn. An old client says no Hello, so its messages have from the beginning the size that the
// translator was made for.
func (c *Conn) Bound(_ int, within time.Duration, held func(bytes int) error) {
	c.bounded.Do(func() { c.ws.Bound(c.limit, within, held) })
}

func (c *Conn) now() time.Duration { return time.Since(c.started) }

// Read returns the next batch that the old client would have sent if it spoke zwb.v1.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	// readTexts ends with ctx or the WebSocket, whichever comes first.
	c.pump.Do(func() { go c.readTexts(ctx) })
	for {
		c.mu.Lock()
		batch, failure := c.engine.Take(nil, c.now()), c.failure
		c.mu.Unlock()
		notify(c.taken)
		switch {
		case len(batch) > 0:
			return batch, nil
		case failure != nil:
			return nil, failure
		}
		<-c.output
	}
}

// readTexts feeds the old client's messages to the engine. It runs in a goroutine of its own, until ctx or the WebSocket
// ends. It reads no faster than the bridge does.
func (c *Conn) readTexts(ctx context.Context) {
	for {
		c.awaitRoom(ctx)
		text, err := c.ws.Read(ctx)
		if err == nil {
			err = c.translate(ctx, text)
		}
		if err != nil {
			c.mu.Lock()
			c.failure = err
			c.mu.Unlock()
			c.signal()
			return
		}
	}
}

// maxAhead is how many bytes may be translated that the bridge has not read.
const maxAhead = 1 << 20

func (c *Conn) awaitRoom(ctx context.Context) {
	for {
		c.mu.Lock()
		ahead := c.engine.Queued()
		c.mu.Unlock()
		if ahead < maxAhead {
			return
		}
		select {
		case <-c.taken:
		case <-ctx.Done():
			return
		}
	}
}

// translate handles one message of the old client, and sends the answers that need no bridge.
func (c *Conn) translate(ctx context.Context, text []byte) error {
	c.mu.Lock()
	err := c.receive(text)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	c.signal()
	return c.writeTexts(ctx)
}

func (c *Conn) signal() { notify(c.output) }

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Write takes a batch of the bridge, translates it, and sends the result to the old client.
func (c *Conn) Write(ctx context.Context, batch []byte) error {
	c.mu.Lock()
	err := errors.Join(c.engine.Feed(batch, c.now()), c.engine.Tick(c.now()))
	c.mu.Unlock()
	if err != nil {
		return err
	}
	c.signal()
	return c.writeTexts(ctx)
}

// writeTexts sends the messages that are queued for the old client. The goroutines of Read and of Write both call it, and
// turn keeps the messages in order.
func (c *Conn) writeTexts(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return core.NewError(core.Lost, ctx.Err().Error())
	}
	defer func() { <-c.turn }()
	c.mu.Lock()
	texts := c.texts
	c.texts = nil
	c.mu.Unlock()
	for _, e := range texts {
		if err := c.ws.Write(ctx, []byte(marshal(e))); err != nil {
			return err
		}
	}
	c.consumed(texts)
	return nil
}

// consumed grants the bridge credit for the messages that were written to the old client.
func (c *Conn) consumed(texts []envelope) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range texts {
		if k := c.byName[e.Identity]; k != nil && k.typ == core.SUB && e.MsgType == "" {
			c.engine.Consumed(k.id, 1, e.credit)
		}
	}
	if c.engine.Queued() > 0 {
		c.signal()
	}
}

// Close ends the WebSocket with a code and a reason.
func (c *Conn) Close(code core.CloseCode, reason string) error { return c.ws.Close(code, reason) }

// Drop ends the WebSocket at once, without a close frame.
func (c *Conn) Drop() error { return c.ws.Drop() }
