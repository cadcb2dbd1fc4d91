package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-zeromq/zmq4"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// self is what the bridge says of itself in a handshake, and what it takes.
type self struct {
	typ      zmq4.SocketType
	identity []byte // routing id a page asked for; nil where the bridge speaks for many and is nobody of its own
	limits   Limits
	security Security
}

// open makes a peer of a fresh network connection: the ZMTP handshake as s says. It is given up when ctx ends, which has
// to have a deadline. open owns conn; after an error conn is closed.
func open(ctx context.Context, conn net.Conn, s self, e *environment) (*peer, error) {
	// To close the connection is the only way to end a Read or Write under way.
	release := context.AfterFunc(ctx, func() { conn.Close() })
	p, err := meet(conn, s, e)
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

func meet(conn net.Conn, s self, e *environment) (*peer, error) {
	g := newGuard(conn, s.limits, &e.counters)
	if s.security.Curve != nil {
		if err := g.secure(*s.security.Curve); err != nil {
			return nil, err
		}
	}
	c, err := handshake(g, s)
	if err != nil {
		return nil, handshakeError(g, s, err)
	}
	p := newPeer(g, c, e)
	g.establish(p.commands(), e.config.writeTimeout())
	return p, nil
}

// handshake is zmq4.Open, which panics on a malformed or unknown READY.
func handshake(g *guard, s self) (conn *zmq4.Conn, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &core.Error{Code: core.Protocol, Text: fmt.Sprintf("malformed handshake: %v", r)}
		}
	}()
	return zmq4.Open(g, mechanism(s.security), s.typ, s.identity, false, nil)
}

// handshakeError finds the reason behind what zmq4 says.
func handshakeError(g *guard, s self, err error) error {
	var coded *core.Error
	var network net.Error
	switch {
	case errors.As(err, &coded):
		return coded
	case g.greeting[0] == 0 && isEnd(g.fault):
		// libzmq hangs up without naming its own mechanism when it is greeted with another.
		return core.NewError(core.Unavailable, fmt.Sprintf("the peer closed the connection in the greeting; does it want other security than %s?",
			mechanism(s.security).Type()))
	case g.fault != nil:
		return g.fault
	case errors.As(err, &network):
		return err
	case g.greeted && g.mechanism() != string(mechanism(s.security).Type()):
		return core.NewError(core.Unauthenticated, fmt.Sprintf("the backend wants %s security, and %s is configured for it",
			g.mechanism(), mechanism(s.security).Type()))
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
