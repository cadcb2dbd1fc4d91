package probe

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// reach connects to the first of the endpoint's addresses that accepts.
func (p *probe) reach(ctx context.Context) (net.Conn, error) {
	if err := p.resolve(ctx); err != nil {
		return nil, err
	}
	var reason error
	for i, address := range p.report.Resolved {
		begun := time.Now()
		share, cancel := context.WithDeadline(ctx, after(ctx, len(p.report.Resolved)-i))
		conn, err := p.dial(share, address)
		cancel()
		if err == nil {
			p.report.Reached, p.report.Connect = address, time.Since(begun)
			p.report.RoundTrip = p.report.Connect
			return conn, nil
		}
		if reason == nil || errors.Is(err, syscall.ECONNREFUSED) {
			reason = err // of several, that somebody is there and refuses tells most
		}
	}
	return nil, p.unreachable(reason)
}

func (p *probe) dial(ctx context.Context, address string) (net.Conn, error) {
	network := "tcp"
	if p.report.Endpoint.Transport == "ipc" {
		network = "unix"
	}
	return p.config.Dial(ctx, network, address)
}

// resolve finds the addresses behind a name.
func (p *probe) resolve(ctx context.Context) error {
	ep := p.report.Endpoint
	if ep.Transport == "ipc" {
		p.report.Resolved = []string{ep.Path}
		return nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", ep.Host)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return p.found(NoHost, core.Unavailable, "there is no host "+strconv.Quote(ep.Host))
	case err != nil:
		return p.found(NoHost, core.Unavailable, "the name server does not answer for "+strconv.Quote(ep.Host))
	}
	for _, addr := range addrs {
		at := core.Endpoint{Host: addr.Unmap().String(), Port: ep.Port}
		p.report.Resolved = append(p.report.Resolved, at.HostPort())
	}
	return nil
}

func (p *probe) unreachable(err error) error {
	finding, text := Unreachable, zmtp.Describe(err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		finding = Refused
	case errors.Is(err, fs.ErrNotExist):
		finding, text = Refused, "there is no such socket: nobody listens there"
	case errors.Is(err, fs.ErrPermission):
		text = "the permission to connect is denied"
	case isTimeout(err):
		text = "no answer at all: the host is off or elsewhere, or a firewall swallows the connection"
	}
	return p.found(finding, core.Unavailable, text)
}

// after is the time when one of n equal shares of what is left is over.
func after(ctx context.Context, n int) time.Time {
	deadline, _ := ctx.Deadline()
	return time.Now().Add(time.Until(deadline) / time.Duration(n))
}

// endWith closes conn as soon as ctx ends, and when the function it returns is called.
func endWith(ctx context.Context, conn net.Conn) (end func()) {
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	return func() {
		stop()
		conn.Close()
	}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}
