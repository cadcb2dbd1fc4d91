package zmtp

import (
	"log/slog"
	"math"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Config says how connections behave. The zero value works once WithDefaults has completed it.
type Config struct {
	Limits    Limits        // of what the peer sends
	HWM       int           // messages queued towards one connection; default 1000
	MaxQueued int64         // bytes queued towards one connection; default 64 MiB
	Heartbeat time.Duration // PING interval towards peers that speak ZMTP 3.1; default 5 s, negative: off
	Log       *slog.Logger  // hears of panics; default slog.Default()
}

// Limits bound what one peer may send. A message that exceeds one is left out. A peer that announces more than four times as
// much loses the connection, as does one whose commands are too long, or whose encrypted frames are too large; nothing is
// allocated for what it announced.
type Limits struct {
	MaxFrame   int64 // bytes of one frame; default 64 MiB
	MaxMessage int64 // bytes of all frames of one message, also of messages to be sent; default 64 MiB
	MaxParts   int   // frames of one message; default and at most core.MaxParts
	MaxCommand int64 // bytes of one ZMTP command but SUBSCRIBE and CANCEL, whose prefix may have 64 KiB; default 4 KiB, at most 8 KiB
}

const (
	mebibyte = 1 << 20

	// ioBuffer is the size of the read buffer and of the write buffer of a connection. It was measured: with less,
	// throughput falls; with more, nothing is gained.
	ioBuffer = 16 << 10

	// maxCommand bounds Limits.MaxCommand, so that every command fits into the read buffer, where it is looked at in place.
	maxCommand = ioBuffer / 2

	// SilentIntervals is the number of heartbeat intervals without a byte after which a peer is taken for dead.
	SilentIntervals = 3

	// quietWriteTimeout bounds a write when there is no heartbeat to derive the bound from.
	quietWriteTimeout = 15 * time.Second
)

// WithDefaults fills in what is not said.
func (c Config) WithDefaults() Config {
	c.Limits = c.Limits.WithDefaults()
	c.HWM = positive(c.HWM, 1000)
	c.MaxQueued = positive(c.MaxQueued, 64*mebibyte)
	if c.Heartbeat == 0 {
		c.Heartbeat = 5 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// WithDefaults fills in what is not said, and lowers what is beyond what can be handled.
func (l Limits) WithDefaults() Limits {
	l.MaxFrame = min(positive(l.MaxFrame, 64*mebibyte), math.MaxInt64/tolerance)
	l.MaxMessage = min(positive(l.MaxMessage, 64*mebibyte), math.MaxInt64/tolerance)
	l.MaxParts = min(positive(l.MaxParts, core.MaxParts), core.MaxParts)
	l.MaxCommand = min(positive(l.MaxCommand, 4<<10), maxCommand)
	return l
}

// For narrows the limits to what a socket of type t has to take.
func (l Limits) For(t core.SocketType) Limits {
	switch t {
	case core.ROUTER:
		l.MaxParts-- // leaves one for the routing id
	case core.PUB:
		l.MaxFrame = min(l.MaxFrame, maxSubscription) // a subscriber has nothing to say but prefixes
	}
	return l
}

// positive is a value that was configured or, when it was not, another. A negative one counts as not configured.
func positive[T int | int64](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}

// writeTimeout is how long a peer may refuse to take a piece of data: as long as it may be silent, but never so short that
// a busy machine is taken for a dead one.
func (c *Config) writeTimeout() time.Duration {
	if c.Heartbeat < 0 {
		return quietWriteTimeout
	}
	return max(SilentIntervals*c.Heartbeat, time.Second)
}
