package gateway

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// oldTypeOffset is where the greeting of ZMTP 2 has the socket type.
const oldTypeOffset = 11

// noGreeting finds out what a peer is whose greeting could not be read.
func (p *probe) noGreeting(ctx context.Context, g *guard, err error) error {
	g.SetReadDeadline(time.Now().Add(bannerGrace))
	g.in.peek(bannerSize) // what has come is not lost when there is less
	said := g.in.unread()
	g.Close() // for a server that attends to one client after the other

	if len(said) > 0 && said[0] == greetingStart {
		return p.oldOrBroken(ctx, said, err)
	}
	if len(said) == 0 || bytes.HasPrefix(said, []byte("HTTP/")) {
		if answer := p.askForPage(ctx); len(answer) > 0 {
			said = answer
		}
	}
	switch {
	case isAnonymousV1(said):
		return p.old(1, 0, "")
	case len(said) > 0:
		finding, is := recognize(said)
		return p.found(finding, core.Protocol, fmt.Sprintf("%s, not ZeroMQ: it says %q", is, firstLine(said)))
	case fellSilent(ctx, err):
		return p.found(Silent, core.Timeout, "it accepts the connection and says nothing: a firewall, another protocol, or a process that hangs")
	}
	return p.found(HungUp, core.Lost, "it accepts the connection and closes it without a word")
}

// oldOrBroken is about a peer that begins like one of ZMTP 2 or later: it is of before ZMTP 3, or does not end its
// greeting, or begins so by chance.
func (p *probe) oldOrBroken(ctx context.Context, said []byte, err error) error {
	switch {
	case len(said) > signatureEnd && said[signatureEnd] != 0x7f:
		return p.found(Foreign, core.Protocol, fmt.Sprintf("another protocol, not ZeroMQ: it says %q", firstLine(said)))
	case len(said) > oldTypeOffset && said[versionOffset] == revision2:
		return p.old(2, 0, core.SocketType(said[oldTypeOffset]).String())
	case len(said) > versionOffset && said[versionOffset] < 3:
		major, minor := oldVersion(said[versionOffset])
		return p.old(major, minor, "")
	case fellSilent(ctx, err):
		return p.found(Broken, core.Protocol, "it begins like a ZeroMQ peer and stops within the greeting")
	}
	return p.found(Broken, core.Protocol, "it begins like a ZeroMQ peer and hangs up within the greeting")
}

// old is a peer of before ZMTP 3, which came with libzmq 4.
func (p *probe) old(major, minor int, socketType string) error {
	p.report.Major, p.report.Minor, p.report.SocketType = major, minor, socketType
	return p.found(OldZMTP, core.Unsupported, "it "+oldText(major, minor))
}

// fellSilent tells whether a peer let the time pass, rather than hang up.
func fellSilent(ctx context.Context, err error) bool { return ctx.Err() != nil || isTimeout(err) }
