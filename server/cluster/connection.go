package cluster

import (
	"context"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Deadline is how long a call to NATS takes that has no other deadline, and to connect to one server.
const Deadline = 2 * time.Second

const (
	retryWait   = 250 * time.Millisecond // before it is tried again to connect, after all servers were
	retryJitter = 1500 * time.Millisecond
	pingEvery   = 2 * time.Second // to notice a server that says nothing
	pingsMissed = 2
)

// Connection is what a bridge has of its cluster. It is safe for concurrent use.
type Connection struct {
	cfg      Config
	identity Identity
	nats     *nats.Conn
	js       jetstream.JetStream
	closed   chan struct{} // closed when the library has ended

	mu      sync.Mutex
	state   State
	changed chan struct{} // closed, and made anew, when the state changes
}

// Open begins to connect, and returns when it has, or half a second later, when that goes on by itself; State tells.
// The error is core.Invalid: for files that cannot be read, and for URLs that are none. Close ends it.
func Open(cfg Config) (*Connection, error) {
	c := &Connection{cfg: cfg.withDefaults(), identity: newIdentity(), closed: make(chan struct{}), changed: make(chan struct{})}
	c.state.Since = c.identity.Started
	for i, server := range cfg.Servers {
		if _, err := url.Parse(server); err != nil { // whose text has the URL in it, and that may have a password
			return nil, core.NewError(core.Invalid, "NATS: server "+strconv.Itoa(i+1)+" is no URL")
		}
	}
	options, err := c.options()
	if err != nil {
		return nil, core.NewError(core.Invalid, err.Error())
	}
	start := &dialer{until: time.Now().Add(startTime)}
	options.CustomDialer = start
	c.nats, err = options.Connect()
	start.started.Store(true)
	if err != nil {
		return nil, core.NewError(core.Invalid, "NATS: "+err.Error())
	}
	if c.js, err = jetstream.New(c.nats, jetstream.WithDefaultTimeout(Deadline)); err != nil {
		c.nats.Close()
		return nil, core.NewError(core.Invalid, "NATS: "+err.Error())
	}
	return c, nil
}

func (c *Connection) options() (nats.Options, error) {
	o := nats.GetDefaultOptions()
	o.Servers = c.cfg.Servers
	all := []nats.Option{
		nats.Name("zwb " + c.cfg.Name + " " + c.identity.ID),
		nats.Timeout(Deadline), nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsMissed), nats.FlusherTimeout(Deadline),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(retryWait), nats.ReconnectJitter(retryJitter, retryJitter),
		nats.ReconnectBufSize(-1), // nothing is kept to be sent later
		nats.ConnectHandler(c.isUp), nats.ReconnectHandler(c.isUpAgain), nats.DisconnectErrHandler(c.isDown),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { c.become(func(s *State) { s.Trouble = err.Error() }) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { c.cfg.Log.Warn("NATS", "err", err) }),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }),
	}
	if c.cfg.Credentials != "" {
		all = append(all, nats.UserCredentials(c.cfg.Credentials))
	}
	if c.cfg.NKey != "" {
		option, err := nats.NkeyOptionFromSeed(c.cfg.NKey)
		if err != nil {
			return o, err
		}
		all = append(all, option)
	}
	if c.cfg.CA != "" {
		all = append(all, nats.RootCAs(c.cfg.CA))
	}
	if c.cfg.Cert != "" {
		all = append(all, nats.ClientCert(c.cfg.Cert, c.cfg.Key))
	}
	for _, option := range all {
		if err := option(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (c *Connection) isUp(conn *nats.Conn) {
	c.become(func(s *State) { s.Up, s.Server, s.Trouble = true, conn.ConnectedUrlRedacted(), "" })
	c.cfg.Log.Info("connected to NATS", "cluster", c.cfg.Name, "server", conn.ConnectedUrlRedacted(), "bridge", c.identity.ID)
}

func (c *Connection) isUpAgain(conn *nats.Conn) {
	c.become(func(s *State) {
		s.Up, s.Server, s.Trouble = true, conn.ConnectedUrlRedacted(), ""
		s.Reconnects++
	})
	c.cfg.Log.Info("connected to NATS again", "cluster", c.cfg.Name, "server", conn.ConnectedUrlRedacted())
}

func (c *Connection) isDown(_ *nats.Conn, err error) {
	trouble := "the connection was lost"
	if err != nil {
		trouble = err.Error()
	}
	c.become(func(s *State) { s.Up, s.Server, s.Trouble = false, "", trouble })
	if !c.nats.IsClosed() {
		c.cfg.Log.Warn("NATS is away", "cluster", c.cfg.Name, "why", trouble)
	}
}

// Name is that of the cluster.
func (c *Connection) Name() string { return c.cfg.Name }

// Identity is that of this bridge.
func (c *Connection) Identity() Identity { return c.identity }

// Lease is how long a bridge that is not heard of counts as there.
func (c *Connection) Lease() time.Duration { return c.cfg.Lease }

// Replicas is on how many NATS servers everything is kept.
func (c *Connection) Replicas() int { return c.cfg.Replicas }

// NATS is the connection itself. What is published while it is not up fails with nats.ErrReconnectBufExceeded.
func (c *Connection) NATS() *nats.Conn { return c.nats }

// JetStream is for streams, buckets and objects. Calls whose context has no deadline have Deadline.
func (c *Connection) JetStream() jetstream.JetStream { return c.js }

// Close sends what was published, for as long as ctx lasts, and ends the connection.
func (c *Connection) Close(ctx context.Context) {
	if c.nats.IsConnected() {
		within, cancel := context.WithTimeout(ctx, Deadline)
		_ = c.nats.FlushWithContext(within) // what is not sent by then is lost, as when the process is killed
		cancel()
	}
	c.nats.Close()
	select {
	case <-c.closed:
	case <-ctx.Done():
	}
}
