package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Config says how gateways behave. The zero value works.
type Config struct {
	HWM         int   // messages queued towards one connection; default 1000
	MaxQueued   int64 // bytes queued towards one connection; default 64 MiB
	MaxPending  int   // requests one ReqGateway has outstanding, queued or awaiting their reply; default 65536
	MaxLockstep int   // requests one ReqGateway makes side by side at a ROUTER, each over a connection of its own; default 64
	MaxWaiting  int   // requests besides that have waited there for more than a second, as a worker does for its job; default 1024

	DialTimeout time.Duration // dial and handshake together; default 5 s
	Heartbeat   time.Duration // PING interval towards peers that speak ZMTP 3.1, which are dropped when silent for three of them; default 5 s, negative: off
	BackoffMin  time.Duration // wait before the first redial; it doubles, with jitter, and is reset after 5 s of life; default 50 ms
	BackoffMax  time.Duration // longest wait between two dials; default 5 s

	IdleClose   time.Duration // a gateway nobody uses is closed after this; default 30 s
	MaxGateways int           // gateways open at a time; default 1024

	// MaxPrefixBytes is how long all prefixes may be together that one publisher is asked for; default 8 MiB. A libzmq
	// publisher keeps them in a trie, in some 30 times as much memory.
	MaxPrefixBytes int64

	LastValues     int   // topics whose last message a SUB gateway hands to new subscribers; default 0: none
	LastValueBytes int64 // their bytes, in one gateway; default 64 MiB

	// LastElsewhere is asked for the last messages that others have heard from an endpoint, under a prefix to which a SUB gateway has just subscribed
	// there. Each begins with the prefix. It is called beside everything else, and ends with ctx. A gateway with a history asks nobody. Default: there are no others.
	LastElsewhere func(ctx context.Context, endpoint core.Endpoint, prefix string) []core.Body

	// Kept is asked before a last value is kept, by all gateways: so they are bounded together, and on somebody's account. A
	// Bridge has an account for them. Default: nobody is asked.
	Kept topic.Budget

	// KeptHistory is asked for each history that is kept: so they are bounded together, and on somebody's account. A Bridge has one for
	// them. Default: nothing but their own bounds limits them.
	KeptHistory func() history.Portion

	// History says what is kept of what an endpoint publishes, for subscribers that come back. It is asked when a SUB
	// gateway is opened. Default: nothing anywhere.
	History func(core.Endpoint) History

	// Histories has the histories that are durable (History.Durable), which outlive the bridge and are those of all bridges that have
	// this store in common. Default: there is none, and all histories are in memory.
	Histories durable.Store

	// Sequence says where the publishers of an endpoint put their own count into their messages. It is asked when a SUB gateway is
	// opened. Default: nowhere.
	Sequence func(core.Endpoint) Sequence

	// Memory is how many bytes may be kept of what an endpoint publishes, history and last values together, with what it costs to
	// keep them; 0: only what else is said bounds them. The oldest go first. Of it, last values may have what the history's own
	// bound leaves, and at least a quarter. It is asked when a SUB gateway is opened. Default: no limit anywhere.
	Memory func(core.Endpoint) int64

	MaxPeers int // connections one listening gateway accepts at a time; default 1024

	Limits zmtp.Limits

	// Log hears of panics, which are bugs; everything else is an error or a counter. Default: slog.Default()
	Log *slog.Logger

	// DialAllowed judges every address that is about to be dialled, after names have been resolved: that address is
	// dialled and no other. An error keeps the backend unavailable, with the error as the reason. Default: all.
	DialAllowed func(netip.AddrPort) error

	// Dial connects to a backend: network "tcp" with host:port, or "unix" with a path or an abstract @name. Default: a
	// net.Dialer that asks DialAllowed.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Resolve says which address stands behind the name of an endpoint. It is asked before every connection that is dialled, and
	// before a socket listens, so that a name may lead elsewhere from one moment to the next. What pages are told of the
	// backend does not name the address. Default: names lead nowhere.
	Resolve func(name core.Endpoint) (address core.Endpoint, err error)

	// Addresses says how many addresses stand behind a name: those that Resolve says, as Endpoint.Nth counts from 0. A SUB gateway
	// connects to all of them, at most access.MaxAddresses, and has one stream of what they publish, with one history. It is asked when
	// the gateway is opened, and by Moved. Default: one.
	Addresses func(name core.Endpoint) int

	// Security is the mechanism for a backend. It is asked before every connection. Default: NULL everywhere.
	Security func(backend core.Endpoint) Security
}

// withDefaults fills in what is not said of what belongs to no package below.
func (c Config) withDefaults() Config {
	c.IdleClose = positive(c.IdleClose, 30*time.Second)
	c.MaxGateways = positive(c.MaxGateways, 1024)
	c.MaxPending = positive(c.MaxPending, 1<<16)
	c.MaxLockstep = positive(c.MaxLockstep, 64)
	c.MaxWaiting = positive(c.MaxWaiting, 1024)
	c.MaxPrefixBytes = positive(c.MaxPrefixBytes, 8<<20)
	c.LastValueBytes = positive(c.LastValueBytes, 64<<20)
	return c
}

// links is what links, listeners and their connections are to know of the configuration.
func (c Config) links() link.Config {
	dial := c.Dial
	if dial == nil {
		dial = link.Dialer(c.DialAllowed)
	}
	return link.Config{
		Config: zmtp.Config{
			Limits: c.Limits, HWM: c.HWM, MaxQueued: c.MaxQueued, Heartbeat: c.Heartbeat, Log: c.Log,
		},
		DialTimeout: c.DialTimeout, BackoffMin: c.BackoffMin, BackoffMax: c.BackoffMax, MaxPeers: c.MaxPeers,
		Dial: dial, Resolve: c.Resolve, Security: c.Security,
	}.WithDefaults()
}

// positive is a value that was configured or, when it was not, another. A negative one counts as not configured.
func positive[T int | int64 | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
