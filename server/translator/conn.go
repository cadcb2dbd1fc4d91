package translator

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// WebSocket is that of the client. A wsconn.Conn that was accepted with Options.Either is one.
type WebSocket interface {
	ReadEither(context.Context) (message []byte, text bool, err error)
	Send(text bool, pieces [][]byte, within time.Duration) error
	Ping() error
	Ponged() bool
	Close(core.CloseCode, string) error
	Drop() error
	Bound(limit int, within time.Duration, held func(bytes int) error)
}

// Dialect is how a client speaks. Its methods are called with the lock of its Conn held, and may call the engine.
type Dialect interface {
	// Receive handles a message of the client, which it may keep. An error ends the connection, but for ErrLater: the message is handed over again when
	// something has come from the bridge, and until then the client is not read.
	Receive(message []byte, text bool) error

	// Event translates what has happened. It is the sink of the engine.
	Event(e *client.Event)

	// Unsent is a socket of which messages may wait that the client has sent before it left.
	Unsent() (socket uint32, is bool)
}

// ErrLater says that a message cannot be handled yet.
var ErrLater = errors.New("the message has to wait")

// Config of a Conn; the zero value works.
type Config struct {
	Agent          string        // what the client is called in the log
	RequestTimeout time.Duration // of every request; default 30 s
	MaxMessage     int           // payload bytes of one message; default core.DefaultMaxMessage
	Heartbeat      time.Duration // default 15 s
	NoPings        bool          // the client is not asked whether it is there
	HWM            int           // messages that a socket queues before the bridge takes them; default 1000
}

// Conn is a zwb.v1 connection whose other end is a client that speaks a dialect.
type Conn struct {
	ws      WebSocket
	cfg     Config
	started time.Time
	limit   int // bytes of a message of the client

	bounded sync.Once
	pump    sync.Once
	output  chan struct{} // there is something for the bridge, or the end; capacity 1
	changed chan struct{} // the bridge has said something, or has read; capacity 1
	turn    chan struct{} // holds a token while a goroutine writes to the WebSocket; capacity 1
	listens atomic.Bool   // the client is being read
	heard   atomic.Bool   // something has come from it since the last beat
	holding holding

	mu      sync.Mutex
	engine  *client.Client
	dialect Dialect
	said    []saying      // not written yet, in order
	failure error         // why it has ended
	kept    int           // bytes that the dialect keeps of a message that is not complete
	gone    bool          // nothing is written to the client any more
	parted  chan struct{} // the bridge has all that the client has sent; capacity 1
	beats   *time.Timer   // nil: there are none
	quiet   int           // beats in a row of which nothing was heard
	leaving *time.Timer   // the bridge has asked the client to leave; nil: it has not
	closed  bool
}

// saying is a message for the client.
type saying struct {
	text   bool
	pieces [][]byte
	socket uint32 // that is granted credit for it; 0: none
	bytes  int    // for which it is
}

// New puts a translator in front of ws. The caller ends both with Close or Drop.
func New(ws WebSocket, cfg Config, speak func(*Conn) Dialect) *Conn {
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	c := &Conn{ws: ws, cfg: cfg, started: time.Now(), output: make(chan struct{}, 1), changed: make(chan struct{}, 1), turn: make(chan struct{}, 1),
		parted: make(chan struct{}, 1)}
	c.engine = client.New(client.Config{Agent: cfg.Agent, HWM: cfg.HWM, MaxMessage: cfg.MaxMessage, RequestTimeout: cfg.RequestTimeout,
		WindowMessages: windowMessages, WindowBytes: windowBytes, Without: core.CanRenew | core.CanReceipts}, c.event)
	c.limit = core.NewSession(core.SessionConfig{MaxMessage: cfg.MaxMessage}, 0).Limit()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dialect = speak(c)
	return c
}

// What a client is sent before it has taken it. It is little, so that the bridge's own queue, which knows what to do when there is too much,
// is where messages wait.
const (
	windowMessages = 128
	windowBytes    = 256 << 10
)

// Bound is part of session.Conn. Such a client says no Hello, so its messages have from the beginning the size that the translator
// was made for.
func (c *Conn) Bound(_ int, within time.Duration, held func(bytes int) error) {
	c.bounded.Do(func() {
		c.holding.tell(held)
		c.ws.Bound(c.limit, within, c.holding.reads)
	})
}

func (c *Conn) now() time.Duration { return time.Since(c.started) }

// Read returns the next batch that the client would have sent if it spoke zwb.v1.
func (c *Conn) Read(ctx context.Context) ([]byte, error) {
	c.pump.Do(func() { // it ends with ctx or the WebSocket, whichever comes first
		c.beginBeats()
		go c.readMessages(ctx)
	})
	c.holding.again()
	for {
		c.mu.Lock()
		batch, failure := c.engine.Take(nil, c.now()), c.failure
		idle := c.engine.Idle()
		c.mu.Unlock()
		if idle {
			c.holding.passed()
		}
		notify(c.changed)
		switch {
		case len(batch) > 0:
			return batch, nil
		case failure != nil:
			return nil, failure
		}
		<-c.output
	}
}

func (c *Conn) signal() { notify(c.output) }

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// fail ends the connection. The first reason counts.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.End(err)
}

// Write takes a batch of the bridge, translates it, and sends the result to the client.
func (c *Conn) Write(ctx context.Context, batch []byte) error {
	c.mu.Lock()
	err := errors.Join(c.engine.Feed(batch, c.now()), c.engine.Tick(c.now()))
	c.mu.Unlock()
	if err != nil {
		return err
	}
	notify(c.changed)
	c.signal()
	return c.write(ctx)
}

// writeTime is how long a message may take to be written, where the bridge does not say.
const writeTime = 20 * time.Second

// write sends what is there for the client. The goroutines of Read and of Write both call it, and turn keeps it in order.
func (c *Conn) write(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return core.NewError(core.Lost, ctx.Err().Error())
	}
	defer func() { <-c.turn }()
	c.mu.Lock()
	said := c.said
	c.said = nil
	if c.gone {
		said = nil
	}
	c.mu.Unlock()
	for _, s := range said {
		within := writeTime
		if at, ok := ctx.Deadline(); ok {
			within = time.Until(at)
		}
		if err := c.ws.Send(s.text, s.pieces, within); err != nil {
			return err
		}
	}
	c.written(said)
	return nil
}

// written grants the bridge credit for the messages that the client was sent.
func (c *Conn) written(said []saying) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range said {
		if s.socket != 0 {
			c.engine.Consumed(s.socket, 1, s.bytes)
		}
	}
	if c.engine.Queued() > 0 {
		c.signal()
	}
}

// Close ends the WebSocket with a code and a reason.
func (c *Conn) Close(code core.CloseCode, reason string) error {
	c.stop()
	return c.ws.Close(code, reason)
}

// Drop ends the WebSocket at once, without a close frame.
func (c *Conn) Drop() error {
	c.stop()
	return c.ws.Drop()
}
