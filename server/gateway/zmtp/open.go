package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Self is what the bridge says of itself in a handshake, and what it takes.
type Self struct {
	Type     core.SocketType
	Identity []byte // routing id a page asked for; nil where the bridge speaks for many and is nobody of its own
	Limits   Limits
	Security access.Security
	Requests bool // the page's socket is a REQ, whatever Type is
}

// Open makes a Conn of a fresh network connection, by the ZMTP handshake as s says. It is given up when ctx ends, which has
// to have a deadline. Open owns conn; after an error conn is closed. What passes is counted in n.
func Open(ctx context.Context, conn net.Conn, s Self, c *Config, n *Traffic) (*Conn, error) {
	// To close the connection is the only way to end a Read or Write under way.
	release := context.AfterFunc(ctx, func() { conn.Close() })
	p, err := meet(conn, s, c, n)
	if !release() {
		err = context.Cause(ctx)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	tune(conn)
	return p, nil
}

func meet(nc net.Conn, s Self, c *Config, n *Traffic) (*Conn, error) {
	g := newGuard(nc, s.Limits, n)
	if s.Security.Curve != nil {
		if err := g.secure(*s.Security.Curve); err != nil {
			return nil, err
		}
	}
	conn, err := handshake(g, s)
	if err != nil {
		return nil, handshakeError(g, s, err)
	}
	if err := s.unfit(g.peerType); err != nil { // zmq4 knows only of Type
		return nil, err
	}
	p := newConn(g, conn, c, n)
	g.establish(p.commands(), c.writeTimeout())
	return p, nil
}

// handshake is zmq4.Open, which panics on a malformed or unknown READY.
func handshake(g *guard, s Self) (conn *zmq4.Conn, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &core.Error{Code: core.Protocol, Text: fmt.Sprintf("malformed handshake: %v", r)}
		}
	}()
	return zmq4.Open(g, mechanism(s.Security), zmq4.SocketType(s.Type.String()), s.Identity, false, nil)
}

// handshakeError finds the reason behind what zmq4 says.
func handshakeError(g *guard, s Self, err error) error {
	var coded *core.Error
	var network net.Error
	unfit := s.unfit(g.peerType)
	switch {
	case errors.As(err, &coded):
		return coded
	case unfit != nil:
		return unfit
	case g.greeting[0] == 0 && IsEnd(g.fault):
		// libzmq hangs up without naming its own mechanism when it is greeted with another.
		return core.NewError(core.Unavailable, fmt.Sprintf("the peer closed the connection in the greeting; does it want other security than %s?",
			mechanism(s.Security).Type()))
	case g.peerType == "" && IsEnd(g.fault) && s.Security.Curve == nil:
		return parting{g.fault, s.question()}
	case g.fault != nil:
		return g.fault
	case errors.As(err, &network):
		return err
	case g.greeted && g.mechanism() != string(mechanism(s.Security).Type()):
		return core.NewError(core.Unauthenticated, fmt.Sprintf("the backend wants %s security, and %s is configured for it",
			g.mechanism(), mechanism(s.Security).Type()))
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		// The stream has not ended, or the guard would have said so: a property did.
		return core.NewError(core.Protocol, "malformed handshake: a READY cut short")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner // zmq4 wraps every step; the last word is the reason
	}
	return core.NewError(core.Protocol, "handshake: "+strings.TrimPrefix(err.Error(), "zmq4: "))
}
