package probe

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Report is what a probe found out about an endpoint. What it did not find out is zero.
type Report struct {
	Endpoint core.Endpoint
	Finding  Finding

	Resolved []string      // what the endpoint stands for, in the order it was tried: host:port, or the path
	Reached  string        // the one of them that accepted the connection
	Connect  time.Duration // how long that took

	Major, Minor int    // version of ZMTP
	Mechanism    string // security: NULL, PLAIN or CURVE
	AsServer     bool   // what the greeting says of it; libzmq says no even where it is the server
	SocketType   string // of the peer, as it says; "" when Secured
	Identity     []byte // routing id the peer asks for, usually none

	RoundTrip time.Duration // median of Pings, or Connect when there are none
	Pings     int           // that were answered
}

// Finding is the result of a probe, as a word for programs.
type Finding string

const (
	Usable      Finding = "ok"          // a ZMTP 3 peer that admits this client
	Secured     Finding = "secured"     // a ZMTP 3 peer that wants credentials, of which there are none: Report.Mechanism
	NoHost      Finding = "no_host"     // the host name cannot be resolved
	Refused     Finding = "refused"     // nobody listens
	Unreachable Finding = "unreachable" // no connection for another reason
	Silent      Finding = "silent"      // it accepts connections and says nothing
	HungUp      Finding = "hung_up"     // it accepts connections and closes them without a word
	Web         Finding = "web"         // a web server
	WebSocket   Finding = "websocket"   // a web server that speaks WebSocket
	TLS         Finding = "tls"         // it wants TLS
	Foreign     Finding = "foreign"     // it speaks another protocol
	OldZMTP     Finding = "old_zmtp"    // a ZeroMQ peer of before ZMTP 3
	Broken      Finding = "broken"      // it begins like a ZMTP 3 peer and then stops, or breaks the protocol
	Rejected    Finding = "rejected"    // a ZMTP 3 peer that refuses this client
	Unsupported Finding = "unsupported" // a ZMTP 3 peer with a socket type or a mechanism the bridge does not have
)

// Config says how a probe goes about it. The zero value works.
type Config struct {
	Timeout time.Duration // for the whole probe; default 5 s
	Limits  zmtp.Limits   // of what the peer may send

	// Dial connects to a backend: network "tcp" with host:port, or "unix" with a path or an abstract @name. Default: a
	// plain net.Dialer.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Security is the mechanism for a backend that asks for one. Default: none.
	Security func(backend core.Endpoint) access.Security
}

func (c Config) withDefaults() Config {
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Second
	}
	c.Limits = c.Limits.WithDefaults()
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Security == nil {
		c.Security = func(core.Endpoint) access.Security { return access.Security{} }
	}
	return c
}

// Probe finds out what answers at ep. It is a guest with good manners: it sends no message, and takes none that is meant
// for somebody else. It lasts at most Config.Timeout, reads no more than Config.Limits allow, and shows the credentials of
// Config.Security to nobody but a peer that asks for them.
//
// The report holds what was found out also when there is an error, which says what is wrong in one line for people. Its
// code is Unavailable when there is no connection, Timeout and Lost for Silent and HungUp, Protocol for what is no
// ZMTP 3 peer, Denied for Rejected, Unsupported, Invalid for the zero endpoint, and Canceled, without a finding, when ctx
// was. Usable and Secured come without an error.
func Probe(ctx context.Context, ep core.Endpoint, c Config) (Report, error) {
	p := &probe{config: c.withDefaults(), report: Report{Endpoint: ep}}
	if ep == (core.Endpoint{}) {
		return p.report, core.NewError(core.Invalid, "no endpoint")
	}
	timed, cancel := context.WithTimeout(ctx, p.config.Timeout)
	defer cancel()
	err := p.run(timed)
	if errors.Is(ctx.Err(), context.Canceled) {
		p.report.Finding = ""
		err = core.NewError(core.Canceled, "the probe was canceled")
	}
	return p.report, err
}

// probe is a probe under way. Its contexts have a deadline.
type probe struct {
	config Config
	report Report
}

func (p *probe) run(ctx context.Context) error {
	conn, err := p.reach(ctx)
	if err != nil {
		return err
	}
	if err := p.look(ctx, conn); err != nil {
		return err
	}
	if p.report.Finding == Secured {
		return p.introduce(ctx)
	}
	if as, harmless := visitors[p.report.SocketType]; harmless && p.report.Minor > 0 {
		return p.visit(ctx, as)
	}
	return nil
}

// found ends a probe with what is wrong.
func (p *probe) found(f Finding, code core.Code, text string) error {
	p.report.Finding = f
	return core.NewError(code, text)
}
