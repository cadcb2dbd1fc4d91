package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// visitors are the socket types as which a probe connects to a peer it knows the type of. PUSH, DEALER, REQ and PAIR are
// not visited: they send to whoever connects what is meant for somebody else.
var visitors = map[string]core.SocketType{
	"REP": core.REQ, "ROUTER": core.REQ, "PUB": core.SUB, "XPUB": core.SUB,
	"PULL": core.PUSH, "SUB": core.PUB, "XSUB": core.PUB,
}

// guises are all of them: none is admitted by a peer that is not visited.
var guises = []core.SocketType{core.REQ, core.SUB, core.PUSH, core.PUB}

// visit connects to a peer as a gateway does.
func (p *probe) visit(ctx context.Context, as core.SocketType) error {
	peer, err := p.enter(ctx, as, access.Security{})
	if err != nil {
		return p.refused(err, as)
	}
	return p.measure(ctx, peer)
}

// introduce shows the configured credentials to a peer that asks for them, and learns what socket it is. That has to be
// said by who knocks, first, so it is tried as what.
func (p *probe) introduce(ctx context.Context) error {
	security := p.credentials()
	if security == (access.Security{}) {
		return nil
	}
	for _, as := range guises {
		peer, err := p.enter(ctx, as, security)
		switch {
		case err == nil:
			p.report.Finding = Usable
			p.report.SocketType, p.report.Identity = peer.SocketType().String(), []byte(peer.Identity())
			return p.measure(ctx, peer)
		case !minds(err):
			return p.refused(err, as)
		}
	}
	return p.found(Rejected, core.Denied,
		"it hangs up: the credentials are wrong, or it is a PUSH, DEALER, REQ or PAIR, which a probe leaves in peace")
}

// credentials are those configured for the mechanism the peer asks for, or none.
func (p *probe) credentials() access.Security {
	s := p.config.Security(p.report.Endpoint)
	if p.report.Mechanism == "PLAIN" && s.Plain != nil || p.report.Mechanism == "CURVE" && s.Curve != nil {
		return s
	}
	return access.Security{}
}

// minds tells whether a handshake may have failed for the type of the socket: then a peer hangs up without a word.
func minds(err error) bool {
	var coded *core.Error
	if zmtp.IsMisfit(err) {
		return true
	}
	if errors.As(err, &coded) {
		return coded.Code == core.Denied && !coded.Remote
	}
	return zmtp.IsEnd(err)
}

// refused is a handshake that failed, because the peer would have it so or because it cannot do better.
func (p *probe) refused(err error, as core.SocketType) error {
	text := fmt.Sprintf("it does not accept a %s: %s", as, zmtp.Describe(err))
	var coded *core.Error
	if errors.As(err, &coded) && (coded.Remote || !zmtp.IsViolation(err)) {
		return p.found(Rejected, core.Denied, text)
	}
	return p.found(Broken, core.Protocol, text)
}

func (p *probe) enter(ctx context.Context, as core.SocketType, s access.Security) (*zmtp.Conn, error) {
	conn, err := p.dial(ctx, p.report.Reached)
	if err != nil {
		return nil, err
	}
	c := zmtp.Config{Limits: p.config.Limits}.WithDefaults()
	return zmtp.Open(ctx, conn, zmtp.Self{Type: as, Limits: c.Limits, Security: s}, &c, new(zmtp.Traffic))
}
