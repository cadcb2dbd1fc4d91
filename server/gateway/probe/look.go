package probe

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// look hears what the peer says of itself: its greeting, and with the NULL mechanism its READY, in which no peer waits for
// the other. What socket this end is it does not say, so the peer's application never hears of the connection.
func (p *probe) look(ctx context.Context, conn net.Conn) error {
	defer endWith(ctx, conn)()
	l := zmtp.NewLook(conn, p.config.Limits)
	conn.SetDeadline(after(ctx, 2)) // half, so that there is time for another question
	g, err := l.Greeting()
	if err != nil {
		return p.noGreeting(ctx, conn, l, err)
	}
	p.report.Major, p.report.Minor = g.Major, g.Minor
	p.report.Mechanism, p.report.AsServer = g.Mechanism, g.AsServer
	switch p.report.Mechanism {
	case "NULL":
		conn.SetDeadline(after(ctx, 1))
		return p.readReady(ctx, l)
	case "PLAIN", "CURVE":
		p.report.Finding = Secured
		return nil
	}
	return p.found(Unsupported, core.Unsupported, fmt.Sprintf("it wants %q security, which the bridge does not speak", p.report.Mechanism))
}

// readReady learns the peer's socket type.
func (p *probe) readReady(ctx context.Context, l *zmtp.Look) error {
	properties, err := l.Ready()
	var coded *core.Error
	switch {
	case errors.As(err, &coded) && coded.Remote:
		return p.found(Rejected, core.Denied, coded.Text)
	case errors.As(err, &coded):
		return p.found(Broken, core.Protocol, coded.Text)
	case fellSilent(ctx, err):
		return p.found(Broken, core.Protocol, fmt.Sprintf("it greets as ZMTP %d.%d and then says nothing", p.report.Major, p.report.Minor))
	case err != nil:
		return p.found(Broken, core.Protocol, fmt.Sprintf("it greets as ZMTP %d.%d and then hangs up", p.report.Major, p.report.Minor))
	}
	p.report.SocketType = properties["socket-type"]
	p.report.Identity = []byte(properties["identity"])
	if _, err := core.ParseSocketType(p.report.SocketType); err != nil {
		return p.found(Unsupported, core.Unsupported, fmt.Sprintf("it is a %q socket, which the bridge does not have", p.report.SocketType))
	}
	p.report.Finding = Usable
	return nil
}
