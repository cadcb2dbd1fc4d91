package zmq

import (
	"context"
	"net/url"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Context is a client of one bridge, whatever becomes of its WebSocket. Two goroutines serve it: run, from NewContext to
// Close, connects and reads; a writer belongs to each connection and ends with it. It is safe for concurrent use.
type Context struct {
	url   string
	opts  Options
	start time.Time

	closing context.Context // ends when Close is called
	close   context.CancelFunc
	life    context.Context // of connections: ends when a closing one has had time to write
	kill    context.CancelFunc
	done    chan struct{} // closed by run when it has ended
	wake    chan struct{} // to the writer: there is something to write; capacity 1

	mu sync.Mutex // never held while anything blocks, or in a call to the application

	engine      *core.Client
	sockets     map[uint32]*Socket
	hangUp      func(error) // ends the current connection; nil while there is none
	timer       *time.Timer // calls tick
	due         time.Duration
	armed       bool // timer is set for due
	status      Status
	statusCount uint64
	changed     signal // status
	room        signal // bytes were taken from the engine
	noted       signal // events
	watchers    map[*watcher]struct{}
	leaving     leaving
	notBefore   time.Duration // when the bridge, which turned this client away, may be tried again
	ended       *Error        // there will be no further connection
}

// linger is how long Close goes on writing.
const linger = 2 * time.Second

// NewContext makes a Context and returns at once. It connects in the background, and goes on trying; what is sent before
// it has succeeded waits. Whatever makes connecting pointless, a malformed address for one, is the error of all that is
// done with it, and in its Status.
func NewContext(bridge string, opts Options) *Context {
	opts = opts.withDefaults()
	c := &Context{url: bridge, opts: opts, start: time.Now(), sockets: map[uint32]*Socket{}, watchers: map[*watcher]struct{}{},
		leaving: leaving{signal: make(chan struct{}, 1)},
		done:    make(chan struct{}), wake: make(chan struct{}, 1)}
	c.closing, c.close = context.WithCancel(context.Background())
	c.life, c.kill = context.WithCancel(context.Background())
	c.timer = time.AfterFunc(time.Hour, c.tick)
	c.timer.Stop() // until there is something to wait for
	credentials, err := marshal("credentials", opts.Credentials)
	if err == nil {
		err = checkURL(bridge)
	}
	c.engine = core.NewClient(core.ClientConfig{Credentials: credentials, Agent: opts.Agent, MaxMessage: opts.MaxMessage,
		RequestTimeout: opts.RequestTimeout, WindowMessages: opts.HWM, HWM: opts.HWM}, c.handle)
	if err != nil {
		c.end(err)
		close(c.done)
		return c
	}
	go c.run()
	return c
}

// Dial makes a Context and waits until the bridge has welcomed it. Unlike NewContext it tries once, and fails with the
// reason: [Unavailable] where nobody listens, [Unauthenticated] or [Denied] where the bridge says no. ctx is for the
// waiting alone, the Context lives until Close.
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

// Close ends the Context and all its sockets; what is pending fails with [Closed]. What was sent is still written, for at
// most two seconds, but for what waits for a connection or for the bridge to grant it. Close waits for everything the
// Context started.
func (c *Context) Close() {
	c.close()
	lingering := time.AfterFunc(linger, c.kill)
	<-c.done
	lingering.Stop()
	c.kill()
}

// SetCredentials replaces what the next connection presents: a token that has been renewed.
func (c *Context) SetCredentials(credentials any) error {
	b, err := marshal("credentials", credentials)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.unlock()
	c.engine.SetCredentials(b)
	return nil
}

// Socket makes a socket. It cannot fail: where there is something wrong, the type or the Context, whatever is done with the
// socket fails with it.
func (c *Context) Socket(t SocketType) *Socket { return c.SocketWith(t, SocketOptions{}) }

// SocketWith is Socket with options.
func (c *Context) SocketWith(t SocketType, opts SocketOptions) *Socket {
	opts = opts.withDefaults(t, c.opts)
	s := &Socket{ctx: c, typ: t, opts: opts, calls: map[uint64]*call{}, subscriptions: map[uint64]*subscription{},
		inbox: inbox{limit: 2 * c.opts.HWM}}
	c.mu.Lock()
	defer c.unlock()
	if c.ended != nil {
		s.closed = c.ended
		return s
	}
	id, err := c.engine.NewSocket(t, []byte(opts.Identity))
	if err != nil {
		s.closed = coded(err)
		return s
	}
	s.id = id
	c.sockets[id] = s
	return s
}

// unlock ends whatever was done under the lock: the writer and the timer learn what the engine wants of them.
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

// tick is called by the timer.
func (c *Context) tick() {
	c.mu.Lock()
	defer c.unlock()
	c.armed = false
	if err := c.engine.Tick(c.now()); err != nil {
		c.engine.Stop(err)
		c.hangUp(err)
	}
}

// now is the time as the engine wants it.
func (c *Context) now() time.Duration { return time.Since(c.start) }

// end fails everything with why, now and from now on. Only the first reason counts.
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
	c.room.fire()
}

// checkURL finds what no attempt to connect would put right.
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
