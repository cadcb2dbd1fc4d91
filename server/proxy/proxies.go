package proxy

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/pacing"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Config is what proxies are told. Every field has to be set: server.Config has the defaults, and says what they mean.
type Config struct {
	Limits         Limits // with which they begin
	MaxEndpoints   int
	MaxPrefixBytes int
	MaxPending     int

	RequestTimeout    time.Duration
	MaxRequestTimeout time.Duration
	Heartbeat         time.Duration
	Linger            time.Duration

	Elsewhere place.Elsewhere // the bridges besides this one; zero: there are none. Connections need not be set
}

// Limits are what of it may be changed while there are sockets.
type Limits struct {
	MaxSubscriptions int
	HWM              int
}

// Rules decide what a user may reach. They are asked by who handles a frame of the socket.
type Rules interface {
	// Allows tells whether an access is allowed; nil: it is. ctx ends with the session.
	Allows(ctx context.Context, a access.Access) *core.Error

	// Flow is the rule of an endpoint for messages that come faster than a page consumes them.
	Flow(a access.Access) (access.Flow, *core.Error)

	// Terms are what an endpoint that was allowed asks of those who send to it.
	Terms(a access.Access) (access.Terms, *core.Error)

	// Named is what stands behind the name of an endpoint.
	Named(name string) (n access.Named, known bool)
}

// Proxies makes the sockets of all sessions of a bridge.
type Proxies struct {
	cfg      Config
	limits   atomic.Pointer[Limits]
	rules    Rules
	gateways *gateway.Factory
	places   *place.Ledger
	paces    *pacing.Book
	meters   *meter.Meters
}

// mostPaces is how many are remembered who have sent to an endpoint that limits how fast.
const mostPaces = 10_000

// New makes Proxies, which use gateways and do not close them.
func New(cfg Config, rules Rules, gateways *gateway.Factory) *Proxies {
	cfg.Elsewhere.Connections = gateways
	p := &Proxies{cfg: cfg, rules: rules, gateways: gateways, meters: new(meter.Meters), places: place.NewLedger(2*cfg.Heartbeat, cfg.Elsewhere), paces: pacing.NewBook(mostPaces)}
	p.Limit(cfg.Limits)
	return p
}

// Limit sets other limits, for what is opened and subscribed to, or judged, from now on.
func (p *Proxies) Limit(l Limits) { p.limits.Store(&l) }

// Meters are what the sockets count in, by endpoint.
func (p *Proxies) Meters() *meter.Meters { return p.meters }

// NewSocket makes a socket of the type and with the identity that its first Open names; see session.Host.
func (p *Proxies) NewSocket(h *session.Handle, open *core.Frame) session.Socket {
	k := &socket{Proxies: p, handle: h, typ: open.Type, identity: string(open.Name), endpointCost: h.Charge(account.Sockets),
		prefixes: prefixCost{charge: h.Charge(account.Prefixes)}}
	switch open.Type {
	case core.REQ:
		k.proxy = newReqProxy(k, *sending.NewHeld(h.Charge(account.Requests)))
	case core.SUB:
		k.proxy = &subProxy{socket: k}
	case core.REP:
		k.proxy = newRepProxy(k, h.Charge(account.Requests), sending.NewHeld(h.Charge(account.Sending)))
	default:
		k.proxy = newPortProxy(k, sending.NewHeld(h.Charge(account.Sending)))
	}
	return k
}

// connectsAlone tells whether each endpoint of the socket is a connection that nobody shares.
func (k *socket) connectsAlone() bool {
	switch k.typ {
	case core.REQ, core.REP, core.SUB, core.PUSH, core.PUB:
		return false
	}
	return true
}
