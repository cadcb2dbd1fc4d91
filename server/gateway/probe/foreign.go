package probe

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// noGreeting finds out what a peer is whose greeting could not be read.
func (p *probe) noGreeting(ctx context.Context, conn net.Conn, l *zmtp.Look, err error) error {
	conn.SetReadDeadline(time.Now().Add(bannerGrace))
	said := l.Said(bannerSize)
	conn.Close() // for a server that attends to one client after the other

	start, old := zmtp.ParseStart(said)
	if start == zmtp.ForeignStart && (len(said) == 0 || bytes.HasPrefix(said, []byte("HTTP/"))) {
		if answer := p.askForPage(ctx); len(answer) > 0 {
			said = answer
		}
	}
	switch {
	case start == zmtp.OldStart:
		return p.old(old)
	case start == zmtp.FalseStart:
		return p.found(Foreign, core.Protocol, fmt.Sprintf("another protocol, not ZeroMQ: it says %q", firstLine(said)))
	case start == zmtp.ShortStart && fellSilent(ctx, err):
		return p.found(Broken, core.Protocol, "it begins like a ZeroMQ peer and stops within the greeting")
	case start == zmtp.ShortStart:
		return p.found(Broken, core.Protocol, "it begins like a ZeroMQ peer and hangs up within the greeting")
	case len(said) > 0:
		finding, is := recognize(said)
		return p.found(finding, core.Protocol, fmt.Sprintf("%s, not ZeroMQ: it says %q", is, firstLine(said)))
	case fellSilent(ctx, err):
		return p.found(Silent, core.Timeout, "it accepts the connection and says nothing: a firewall, another protocol, or a process that hangs")
	}
	return p.found(HungUp, core.Lost, "it accepts the connection and closes it without a word")
}

// old is about a peer of before ZMTP 3, which came with libzmq 4.
func (p *probe) old(g zmtp.Greeting) error {
	p.report.Major, p.report.Minor, p.report.SocketType = g.Major, g.Minor, g.SocketType
	return p.found(OldZMTP, core.Unsupported, "it "+g.TooOld())
}

// fellSilent tells whether a peer let the time pass, rather than hang up.
func fellSilent(ctx context.Context, err error) bool { return ctx.Err() != nil || isTimeout(err) }
