package zmq

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/jsvalue"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq/signal"
)

// Context is a client of one bridge. It outlives its WebSockets. It is safe for concurrent use.
//
// Two goroutines serve it. One, which runs from NewContext to Close, connects and reads. Each connection has another one,
// which writes and ends with the connection.
type Context struct {
	url   string
	opts  Options
	start time.Time

	credentials credentials

	closing context.Context // ends when Close is called
	close   context.CancelFunc
	life    context.Context // of connections; it ends when Close has given the connection time to write what is queued
	kill    context.CancelFunc
	done    chan struct{} // closed by run when it has ended
	wake    chan struct{} // tells the writer that there is something to write; capacity 1

	mu sync.Mutex // guards what follows; never held while something blocks or while the application's code runs

	engine      *client.Client
	sockets     map[uint32]*Socket
	lingering   map[uint32]*Socket // closed by Shutdown, which waits for what becomes of them
	shutting    *Error             // why no socket is made any more; nil while some may be
	hangUp      func(error)        // ends the present connection; nil while there is none
	timer       *time.Timer        // calls tick
	due         time.Duration
	armed       bool // timer is set for due
	status      Status
	statusCount uint64
	changed     signal.Signal // fires when status has changed
	room        signal.Signal // fires when bytes were taken from the engine
	noted       signal.Signal // fires when there are events for the watchers
	watchers    map[*watcher]struct{}
	leaving     leaving
	notBefore   time.Duration // the time before which a bridge that turned this client away is not tried again
	ended       *Error        // why there will be no further connection; nil while there may be one
}

// lastWrite is how long Close goes on writing what it has to, when the time to linger is over.
const lastWrite = time.Second

// NewContext makes a Context and returns at once. bridge is the bridge's address, such as "ws://127.0.0.1:8000/data". The
// Context connects in the background, and goes on trying. What is sent before it has succeeded waits. If connecting is of no
// use, for instance because the address is malformed, everything that is done with the Context fails with that error, and
// its Status tells the error.
func NewContext(bridge string, opts Options) *Context {
	opts = opts.withDefaults()
	c := &Context{url: bridge, opts: opts, start: time.Now(), sockets: map[uint32]*Socket{}, lingering: map[uint32]*Socket{}, watchers: map[*watcher]struct{}{},
		leaving: leaving{signal: make(chan struct{}, 1)},
		done:    make(chan struct{}), wake: make(chan struct{}, 1)}
	c.closing, c.close = context.WithCancel(context.Background())
	c.life, c.kill = context.WithCancel(context.Background())
	c.timer = time.AfterFunc(time.Hour, c.tick)
	c.timer.Stop() // until there is something to wait for
	source, first, err := opts.credentials()
	c.credentials = source
	var presented []byte
	if err == nil {
		presented, err = jsvalue.Marshal("credentials", first)
	}
	if err == nil {
		err = checkURL(bridge)
	}
	c.engine = client.New(client.Config{Credentials: presented, Agent: opts.Agent, MaxMessage: opts.MaxMessage,
		RequestTimeout: opts.RequestTimeout, WindowMessages: opts.HWM, HWM: opts.HWM}, c.handle)
	if err != nil {
		c.end(err)
		close(c.done)
		return c
	}
	go c.run()
	return c
}

// Dial makes a Context and waits until the bridge has welcomed it. Unlike NewContext it tries only once, and then returns
// the error: [Unavailable] when nobody listens there, [Unauthenticated] or [Denied] when the bridge refuses. ctx bounds only
// the waiting; the Context lives until Close.
func Dial(ctx context.Context, bridge string, opts Options) (*Context, error) {
	c := NewContext(bridge, opts)
	var status Status
	err := c.await(ctx, &c.changed, func() bool {
		status = c.status
		return status.State != Connecting || status.Err != nil
	})
	if err == nil && status.Err != nil {
		err = coded(status.Err)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// SetCredentials replaces the credentials that the next connection presents, for instance by a token that was renewed. A
// bridge that is connected gets them at once, and asks for no others before they expire. Another user's end the session.
func (c *Context) SetCredentials(credentials any) error {
	b, err := jsvalue.Marshal("credentials", credentials)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.unlock()
	c.engine.SetCredentials(b)
	return nil
}

// Socket makes a socket. It returns no error: if something is wrong with the type or the Context, everything that is done
// with the socket fails with that error.
func (c *Context) Socket(t SocketType) *Socket { return c.SocketWith(t, SocketOptions{}) }

// SocketWith is Socket with options.
func (c *Context) SocketWith(t SocketType, opts SocketOptions) *Socket {
	opts = opts.withDefaults(t, c.opts)
	s := &Socket{ctx: c, typ: t, opts: opts, calls: map[uint64]*call{}, subscriptions: map[uint64]*subscription{},
		inbox: inbox{limit: 2 * c.opts.HWM}}
	c.mu.Lock()
	defer c.unlock()
	if s.closed = c.refusal(); s.closed != nil {
		return s
	}
	id, err := c.engine.NewSocket(t, []byte(opts.Identity))
	if err != nil {
		s.closed = coded(err)
		return s
	}
	if opts.Idempotent {
		c.engine.Idempotent(id)
	}
	s.id = id
	c.sockets[id] = s
	return s
}

// unlock unlocks mu. Before that it wakes the writer if the engine has something to write, and sets the timer to the time at
// which the engine wants to be called next.
func (c *Context) unlock() {
	if c.engine.HasBatch() {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	if at, ok := c.engine.Next(); ok && (!c.armed || at < c.due) {
		c.due, c.armed = at, true
		c.timer.Reset(at - c.now())
	}
	c.mu.Unlock()
}

// await waits until done returns true, or until ctx ends. It calls done under the lock, at once and whenever sig has fired.
func (c *Context) await(ctx context.Context, sig *signal.Signal, done func() bool) error {
	for {
		if ctx.Err() != nil {
			return gaveUp(ctx)
		}
		c.mu.Lock()
		if done() {
			c.unlock()
			return nil
		}
		fired := sig.Next()
		c.unlock()
		select {
		case <-fired:
		case <-ctx.Done():
		}
	}
}

// gaveUp is the error for a caller whose context has ended. It has a code like every other error, and it also wraps the
// error of the context.
func gaveUp(ctx context.Context) error {
	code := core.Canceled
	if ctx.Err() == context.DeadlineExceeded {
		code = core.Timeout
	}
	return fmt.Errorf("%w: %w", &core.Error{Code: code}, ctx.Err())
}

// tick calls the engine at the time that it has asked for. The timer calls it.
func (c *Context) tick() {
	c.mu.Lock()
	defer c.unlock()
	c.armed = false
	if err := c.engine.Tick(c.now()); err != nil {
		c.engine.Stop(err)
		c.hangUp(err)
	}
}

// now is the time as the engine wants it: the time since the Context was made.
func (c *Context) now() time.Duration { return time.Since(c.start) }

// end makes everything that is pending, and everything that is done later, fail with why. Only the first call counts.
func (c *Context) end(why error) {
	c.mu.Lock()
	defer c.unlock()
	if c.ended != nil {
		return
	}
	c.ended = coded(why)
	c.engine.End(c.ended)
	c.timer.Stop()
	c.stay()
	c.setStatus(Ended, why)
	c.room.Fire()
}

// checkURL finds mistakes in the address that no further attempt to connect would put right.
func checkURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return core.NewError(core.Invalid, "the bridge's address: "+err.Error())
	case u.Scheme != "ws" && u.Scheme != "wss":
		return core.NewError(core.Invalid, "the bridge's address begins with ws:// or wss://")
	case u.Host == "":
		return core.NewError(core.Invalid, "the bridge's address names no host")
	}
	return nil
}
