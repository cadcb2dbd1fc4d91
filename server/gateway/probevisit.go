package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// visitors are the socket types as which a probe connects to a peer it knows the type of. PUSH, DEALER, REQ and PAIR are
// not visited: they send to whoever connects what is meant for somebody else.
var visitors = map[string]zmq4.SocketType{
	"REP": zmq4.Req, "ROUTER": zmq4.Req, "PUB": zmq4.Sub, "XPUB": zmq4.Sub,
	"PULL": zmq4.Push, "SUB": zmq4.Pub, "XSUB": zmq4.Pub,
}

// guises are all of them: none is admitted by a peer that is not visited.
var guises = []zmq4.SocketType{zmq4.Req, zmq4.Sub, zmq4.Push, zmq4.Pub}

// visit connects to a peer as a gateway does.
func (p *probe) visit(ctx context.Context, as zmq4.SocketType) error {
	peer, err := p.enter(ctx, as, Security{})
	if err != nil {
		return p.refused(err, as)
	}
	return p.measure(ctx, peer)
}

// introduce shows the configured credentials to a peer that asks for them, and learns what socket it is. That has to be
// said by who knocks, first, so it is tried as what.
func (p *probe) introduce(ctx context.Context) error {
	security := p.credentials()
	if security == (Security{}) {
		return nil
	}
	for _, as := range guises {
		peer, err := p.enter(ctx, as, security)
		switch {
		case err == nil:
			p.report.Finding = Usable
			p.report.SocketType, p.report.Identity = string(peer.socketType()), []byte(peer.identity())
			return p.measure(ctx, peer)
		case !minds(err):
			return p.refused(err, as)
		}
	}
	return p.found(Rejected, core.Denied,
		"it hangs up: the credentials are wrong, or it is a PUSH, DEALER, REQ or PAIR, which a probe leaves in peace")
}

// credentials are those configured for the mechanism the peer asks for, or none.
func (p *probe) credentials() Security {
	if p.env.config.Security == nil {
		return Security{}
	}
	s := p.env.config.Security(p.report.Endpoint)
	if p.report.Mechanism == "PLAIN" && s.Plain != nil || p.report.Mechanism == "CURVE" && s.Curve != nil {
		return s
	}
	return Security{}
}

// minds tells whether a handshake may have failed for the type of the socket: then a peer hangs up without a word.
func minds(err error) bool {
	var coded *core.Error
	if errors.As(err, &coded) {
		return coded.Code == core.Denied && !coded.Remote
	}
	return isEnd(err)
}

// refused is a handshake that failed, because the peer would have it so or because it cannot do better.
func (p *probe) refused(err error, as zmq4.SocketType) error {
	text := fmt.Sprintf("it does not accept a %s: %s", as, describe(err))
	var coded *core.Error
	if errors.As(err, &coded) && (coded.Remote || !isProtocol(coded)) {
		return p.found(Rejected, core.Denied, text)
	}
	return p.found(Broken, core.Protocol, text)
}

func (p *probe) enter(ctx context.Context, as zmq4.SocketType, s Security) (*peer, error) {
	conn, err := p.dial(ctx, p.report.Reached)
	if err != nil {
		return nil, err
	}
	return open(ctx, conn, self{typ: as, limits: p.env.config.Limits, security: s}, p.env)
}
