package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Limits bound what one peer may send. Whoever exceeds one loses the connection, before anything is allocated.
type Limits struct {
	MaxFrame   int64 // bytes of one frame; default 64 MiB
	MaxMessage int64 // bytes of all frames of one message, also of messages to be sent; default 64 MiB
	MaxParts   int   // frames of one message; default and at most core.MaxParts
	MaxCommand int64 // bytes of one ZMTP command but SUBSCRIBE and CANCEL, whose prefix may have 64 KiB; default 4 KiB, at most 8 KiB
}

// Config says how gateways behave. The zero value works.
type Config struct {
	HWM         int   // messages queued towards one connection; default 1000
	MaxQueued   int64 // bytes queued towards one connection; default 64 MiB
	MaxPending  int   // requests one ReqGateway has outstanding, queued or awaiting their reply; default 65536
	MaxLockstep int   // requests one ReqGateway makes side by side at a ROUTER, each over a connection of its own; default 64

	DialTimeout time.Duration // dial and handshake together; default 5 s
	Heartbeat   time.Duration // PING interval towards peers that speak ZMTP 3.1, which are dropped when silent for three of them; default 5 s, negative: off
	BackoffMin  time.Duration // wait before the first redial; it doubles, with jitter, and is reset after 5 s of life; default 50 ms
	BackoffMax  time.Duration // longest wait between two dials; default 5 s

	IdleClose   time.Duration // a gateway nobody uses is closed after this; default 30 s
	MaxGateways int           // gateways open at a time; default 1024

	LastValues     int   // topics whose last message a SUB gateway hands to new subscribers; default 0: none
	LastValueBytes int64 // their bytes, in one gateway; default 64 MiB

	// History says what is kept of what an endpoint publishes, for subscribers that come back. It is asked when a SUB
	// gateway is opened. Default: nothing anywhere.
	History func(core.Endpoint) History

	MaxPeers int // connections one listening gateway accepts at a time; default 1024

	Limits Limits

	// Log hears of panics, which are bugs; everything else is an error or a counter. Default: slog.Default()
	Log *slog.Logger

	// DialAllowed judges every address that is about to be dialled, after names have been resolved: that address is
	// dialled and no other. An error keeps the backend unavailable, with the error as the reason. Default: all.
	DialAllowed func(netip.AddrPort) error

	// Dial connects to a backend: network "tcp" with host:port, or "unix" with a path or an abstract @name. Default: a
	// net.Dialer that asks DialAllowed.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Security is the mechanism for a backend. It is asked before every connection. Default: NULL everywhere.
	Security func(backend core.Endpoint) Security
}

const (
	mebibyte = 1 << 20

	// ioBuffer is the size of the read and of the write buffer of a connection. Measured: below it throughput falls,
	// above it nothing is gained.
	ioBuffer = 16 << 10

	// maxCommand keeps every command within the read buffer, where it is looked at in place.
	maxCommand = ioBuffer / 2

	// silentIntervals is the number of heartbeat intervals without a byte after which a peer is dead.
	silentIntervals = 3

	// stableLife is how long a connection has to live for the next redial to be quick again.
	stableLife = 5 * time.Second

	// quietWriteTimeout bounds a write when there is no heartbeat to derive the bound from.
	quietWriteTimeout = 15 * time.Second
)

func (c Config) withDefaults() Config {
	setDefault(&c.HWM, 1000)
	setDefault(&c.MaxQueued, 64*mebibyte)
	setDefault(&c.MaxPending, 1<<16)
	setDefault(&c.MaxLockstep, 64)
	setDefault(&c.DialTimeout, 5*time.Second)
	if c.Heartbeat == 0 {
		c.Heartbeat = 5 * time.Second
	}
	setDefault(&c.BackoffMin, 50*time.Millisecond)
	setDefault(&c.BackoffMax, 5*time.Second)
	c.BackoffMax = max(c.BackoffMax, c.BackoffMin)
	setDefault(&c.IdleClose, 30*time.Second)
	setDefault(&c.MaxGateways, 1024)
	setDefault(&c.LastValueBytes, 64<<20)
	setDefault(&c.MaxPeers, 1024)
	c.Limits = c.Limits.withDefaults()
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Dial == nil {
		c.Dial = dialer(c.DialAllowed)
	}
	return c
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.MaxFrame, 64*mebibyte)
	setDefault(&l.MaxMessage, 64*mebibyte)
	setDefault(&l.MaxParts, core.MaxParts)
	l.MaxParts = min(l.MaxParts, core.MaxParts)
	setDefault(&l.MaxCommand, 4<<10)
	l.MaxCommand = min(l.MaxCommand, maxCommand)
	return l
}

// setDefault treats a negative value like a missing one.
func setDefault[T int | int64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// writeTimeout is how long a peer may refuse to take a piece of data: as long as it may be silent, but not so short that
// a busy machine is taken for a dead one.
func (c Config) writeTimeout() time.Duration {
	if c.Heartbeat < 0 {
		return quietWriteTimeout
	}
	return max(silentIntervals*c.Heartbeat, time.Second)
}
