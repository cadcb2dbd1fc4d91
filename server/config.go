package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy"
	"github.com/zmqwebbridge/zmqwebbridge/server/quietlog"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Config configures a Bridge. The zero value works and lets nobody in.
type Config struct {
	// WebsocketAllowed says whether this WebSocket may exist; nil return: yes. A nil hook denies.
	// The text of a *core.Error reaches the page, any other error is logged and reads "not allowed".
	WebsocketAllowed func(*http.Request) error

	// ZMQAllowed says whether it may use this ZeroMQ resource; nil return: yes. A nil hook denies. It is asked for
	// every endpoint a page opens and for every subscription. An answer that takes time delays this connection and no
	// other, or, see Waits, the socket alone. ctx ends after HookTimeout or with the session.
	ZMQAllowed func(ctx context.Context, a Access) error

	// AddressesOverHTTP has ZMQAllowed asked about addresses, which have no name, also where a client has come in over HTTP or by a
	// WebSocket that does not speak zwb.v1 (Access.Door). Otherwise these are denied: a hook that was written for the clients of this
	// project is not asked about what anything that sends a request can do. The bridge never listens at an address for them.
	AddressesOverHTTP bool

	// Authenticate turns the credentials of a client (JSON, nil when it sent none) into a user, handed on as
	// Access.User; nil is nobody in particular. Browsers cannot set headers on a WebSocket, so this is where tokens arrive. Optional.
	//
	// A user that is [Expiring] is held to it: the client is told some time before, and hands over other credentials, for
	// which Authenticate is asked again with the handshake of the same WebSocket. What it returns has to be the SameUser, and
	// is the Access.User of later questions; sockets notice nothing. Without other credentials the WebSocket is closed with
	// core.CloseExpired. Authenticate may also return a *core.CloseError, which chooses the code: with CloseExpired a client
	// that can fetch other credentials does it and comes back, and with CloseOverloaded it comes back with the same.
	Authenticate func(ctx context.Context, r *http.Request, credentials []byte) (user any, err error)

	// Recheck is asked about everybody who is there when rules have changed (Bridge.Judge, Bridge.JudgeUsers), with what
	// Authenticate returned and the handshake of the WebSocket: who is this now? What it returns has to be the SameUser, with
	// other claims or another end perhaps, of which the client notices nothing. An error ends the session, with
	// core.CloseUnauthorized or with what a *core.CloseError chooses. A nil hook lets everybody stay.
	Recheck func(ctx context.Context, r *http.Request, user any) (now any, err error)

	// Flow is the rule of an endpoint for messages that a page does not consume as fast as they come. It is asked for every
	// SUB or XSUB that was allowed there, and for every subscription. A nil hook stands for the zero Flow everywhere.
	Flow func(a Access) Flow

	// Terms are what an endpoint asks of those who send to it. It is asked once for every endpoint that was allowed. A nil hook
	// stands for the zero Terms everywhere.
	Terms func(a Access) (Terms, error)

	// Named is what stands behind a name that pages connect to; where that is, Gateway.Resolve says. A name is asked about like
	// any other endpoint (Access.Endpoint.Name), and denied if it is not known. A nil hook knows none.
	Named func(name string) (n Named, known bool)

	// Reachable is which named endpoints a user may open, for Bridge.Reachable: r is the request that asks. A nil hook stands for none.
	Reachable func(r *http.Request, user any) []Reachable

	// Hold takes the identity of a socket at an endpoint for this bridge alone, where several bridges stand before the same backends, and
	// Terms.Unique says that it matters. It is kept until release is called, which must not block: that is when no page here has it and the
	// connection that bore it has ended, which stays for some seconds in case a page comes back. lost is to be called should another bridge
	// have it before that: the session that has it ends then, and its client may come back. wanted may be called when another bridge asks
	// for it, which then need not wait until nobody comes back. The error is core.Conflict where another bridge
	// has it, and Hold is asked again every second, for as long as an endpoint waits that another page of this bridge has. ctx ends
	// when nobody waits any more; it is called beside the goroutine that reads. Nil: this bridge is the only one.
	Hold func(ctx context.Context, h Holding, lost, wanted func()) (release func(), err error)

	// Others count the connections of users at other bridges, for MaxConnectionsPerUser. Nil: this bridge is the only one.
	Others Others
	// Depot is where sessions wait that go to another bridge: those of a bridge that drains, and those whose clients have come to another one. What
	// is left there is sealed with what is known only to the client and the bridges that it is at. It is one for all bridges that stand behind
	// the same address, before the same backends, with the same users (UserKey has to be set where there are users). Nil: no session goes anywhere.
	Depot Depot

	// Waits tells whether the hooks may have to wait for somebody, such as a service in the network, before they answer what a user
	// may do: ZMQAllowed, and Admit of Terms. The frames of a socket about which somebody is asked wait then, and all else of its
	// client goes on. Where it is nil, or says no, the whole client waits for the hooks; it costs least where they answer at once.
	Waits func(user any) bool

	// Decided is told of every decision: those of the hooks above, and of the bridge itself. What is asked about anew and stays allowed is
	// none. It is called on the goroutine that
	// asked, and must not block. Optional.
	Decided func(Decision)

	// Origins whose pages may connect and load the client, besides the bridge's own: "https://app.example.org",
	// "https://*.example.org", or "*" for all. A * stands for labels of the host only; CheckOrigin says what is wrong with
	// an entry. Requests without an Origin do not come from pages and pass.
	Origins []string

	// Hosts are the names under which browsers reach the bridge, besides localhost and IP addresses, as in
	// "bridge.example.org". Only under these is a page of the same host and port the bridge's own: any other name may have
	// been pointed here by somebody else (DNS rebinding).
	Hosts []string

	NoLegacy bool // refuse WebSockets that speak the 2012 JSON protocol

	MaxConnections        int           // WebSockets at a time; default 10,000
	MaxConnectionsPerIP   int           // from one IPv4 address or one /64 of IPv6, but for loopback addresses; default no limit. Behind a proxy RemoteAddr has to be the client's, see Forwarded
	MaxConnectionsPerUser int           // of one user, see UserKey; default no limit
	MessageRate           float64       // messages, requests and the like that a WebSocket may send per second; it is read more slowly then. Default no limit
	ByteRate              float64       // bytes, likewise
	MaxSockets            int           // per WebSocket; default 256
	MaxEndpoints          int           // per socket; default 16
	MaxSubscriptions      int           // per WebSocket; default 10,000
	MaxPrefixBytes        int           // of all subscriptions of a WebSocket together; default 1 MiB: they cost a libzmq publisher some 30 times as much memory
	MaxPending            int           // unanswered requests per WebSocket, each way; default 1000
	MaxMessage            int           // payload bytes of one message, each way; default core.DefaultMaxMessage
	HWM                   int           // messages a SUB socket queues for a page that does not keep up, where Flow says nothing else; default 1000
	MaxQueued             int           // bytes held for one client, wherever they are; what would be more is refused with busy. Half of it is for messages that a page is to get. Default 64 MiB
	Memory                int           // bytes held for all clients together; when there are more, the clients that have the most are disconnected. Default 1 GiB
	MaxMemoryPerUser      int           // bytes held for all clients of one user together, see UserKey; of those whose user has none, for all from one network address, as MaxConnectionsPerIP counts them. When there are more, the client of that user that has the most is disconnected. Default no limit
	RequestTimeout        time.Duration // of requests that name none; default 30 s
	MaxRequestTimeout     time.Duration // longer ones are shortened to it; default 24 h, for a worker that asks for its next job
	Heartbeat             time.Duration // default 15 s
	HelloTimeout          time.Duration // from the WebSocket's start to its Hello; default 10 s
	HookTimeout           time.Duration // of ctx for the hooks; default 10 s
	WriteTimeout          time.Duration // of one WebSocket message; a client that does not read it is dropped; default 20 s

	NoResume    bool          // a session ends with its WebSocket
	Retain      time.Duration // how long a session is kept whose WebSocket was lost; default 60 s
	RetainBytes int           // what is held for its client meanwhile; a session for which more is held ends; default 16 MiB
	RetainTotal int           // what is held for all of them together, as a part of Memory; the oldest end first; default 256 MiB

	Linger time.Duration // how long what a client sent is still passed on to backends when its socket is closed; default 30 s

	// SameUser tells whether two values that Authenticate returned, then and now, are the same user. Only the owner of a session
	// may go on with it, and take over what it holds while its client is away: an identity, an address. Compare what says who
	// it is, such as issuer and user, and never claims, which change with every token. Default reflect.DeepEqual.
	SameUser func(owner, user any) bool

	// UserKey is a text that is the same for all connections of a user, for MaxConnectionsPerUser and MaxMemoryPerUser. Default: nobody is counted.
	UserKey func(user any) string

	Gateway gateway.Config // the ZeroMQ side
	Log     *slog.Logger   // default slog.Default(); lines are clipped, and limited in number, see quietlog
}

func (c Config) withDefaults() Config {
	setDefault(&c.MaxConnections, 10_000)
	setDefault(&c.MaxSockets, 256)
	setDefault(&c.MaxEndpoints, 16)
	setDefault(&c.MaxSubscriptions, 10_000)
	setDefault(&c.MaxPrefixBytes, 1<<20)
	setDefault(&c.MaxPending, 1000)
	setDefault(&c.MaxMessage, core.DefaultMaxMessage)
	setDefault(&c.HWM, 1000)
	setDefault(&c.MaxQueued, 64<<20)
	setDefault(&c.Memory, 1<<30)
	setDefault(&c.RequestTimeout, 30*time.Second)
	setDefault(&c.MaxRequestTimeout, 24*time.Hour)
	setDefault(&c.Heartbeat, 15*time.Second)
	setDefault(&c.HelloTimeout, 10*time.Second)
	setDefault(&c.HookTimeout, 10*time.Second)
	setDefault(&c.WriteTimeout, 20*time.Second)
	setDefault(&c.Retain, time.Minute)
	setDefault(&c.Linger, 30*time.Second)
	setDefault(&c.RetainBytes, 16<<20)
	setDefault(&c.RetainTotal, 256<<20)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.Log = slog.New(quietlog.New(c.Log.Handler()))
	if c.Gateway.Log == nil {
		c.Gateway.Log = c.Log
	}
	return c
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// session is what of the configuration concerns sessions.
func (c *Config) session() session.Config {
	return session.Config{
		Agent:        Agent,
		Limits:       c.sessionLimits(),
		Heartbeat:    c.Heartbeat,
		HelloTimeout: c.HelloTimeout,
		HookTimeout:  c.HookTimeout,
		WriteTimeout: c.WriteTimeout,
		RetainBytes:  c.RetainBytes,
		RetainTotal:  c.RetainTotal,
		Others:       c.Others,
		Depot:        c.Depot,
		Log:          c.Log,
	}
}

func (c *Config) sessionLimits() session.Limits {
	return session.Limits{
		MaxConnections: c.MaxConnections,
		MaxPerIP:       c.MaxConnectionsPerIP,
		MaxPerUser:     c.MaxConnectionsPerUser,
		MessageRate:    c.MessageRate,
		ByteRate:       c.ByteRate,
		MaxSockets:     c.MaxSockets,
		MaxMessage:     c.MaxMessage,
		MaxQueued:      c.MaxQueued,
		Memory:         c.Memory,
		MemoryPerUser:  c.MaxMemoryPerUser,
		NoResume:       c.NoResume,
		Retain:         c.Retain,
	}
}

// proxy is what of it concerns sockets.
func (c *Config) proxy() proxy.Config {
	return proxy.Config{
		Limits:            c.socketLimits(),
		MaxEndpoints:      c.MaxEndpoints,
		MaxPrefixBytes:    c.MaxPrefixBytes,
		MaxPending:        c.MaxPending,
		RequestTimeout:    c.RequestTimeout,
		MaxRequestTimeout: c.MaxRequestTimeout,
		Heartbeat:         c.Heartbeat,
		Linger:            c.Linger,
	}
}

func (c *Config) socketLimits() proxy.Limits {
	return proxy.Limits{MaxSubscriptions: c.MaxSubscriptions, HWM: c.HWM}
}

// CheckOrigin says what is wrong with an entry of Config.Origins; nil: nothing.
func CheckOrigin(text string) error { return origin.Check(text) }
