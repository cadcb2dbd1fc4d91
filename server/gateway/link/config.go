package link

import (
	"context"
	"net"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Config says how links dial and listeners accept. The zero value works once WithDefaults has completed it.
type Config struct {
	zmtp.Config // of every connection

	DialTimeout time.Duration // dial and handshake together; default 5 s
	BackoffMin  time.Duration // wait before the first redial; it doubles, with jitter, and is reset after 5 s of life; default 50 ms
	BackoffMax  time.Duration // longest wait between two dials; default 5 s
	MaxPeers    int           // connections a listener accepts at a time; default 1024

	// Dial connects to a backend: network "tcp" with host:port, or "unix" with a path or an abstract @name. Default: a
	// plain net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Resolve says which address stands behind a name. It is asked before every connection that is dialled, and before a
	// socket listens. Default: names lead nowhere.
	Resolve func(name core.Endpoint) (address core.Endpoint, err error)

	// Security is the mechanism for a backend. It is asked before every connection that is dialled. Default: NULL.
	Security func(backend core.Endpoint) access.Security
}

// WithDefaults fills in what is not said.
func (c Config) WithDefaults() Config {
	c.Config = c.Config.WithDefaults()
	c.DialTimeout = positive(c.DialTimeout, 5*time.Second)
	c.BackoffMin = positive(c.BackoffMin, 50*time.Millisecond)
	c.BackoffMax = max(positive(c.BackoffMax, 5*time.Second), c.BackoffMin)
	c.MaxPeers = positive(c.MaxPeers, 1024)
	if c.Dial == nil {
		c.Dial = Dialer(nil)
	}
	return c
}

// locate is the address of an endpoint. The error is Unavailable, or what Resolve says.
func (c *Config) locate(ep core.Endpoint) (core.Endpoint, error) {
	if ep.Name == "" {
		return ep, nil
	}
	if c.Resolve == nil {
		return ep, core.NewError(core.Unavailable, "nothing is known by this name")
	}
	return c.Resolve(ep)
}

// positive is a value that was configured or, when it was not, another. A negative one counts as not configured.
func positive[T int | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
