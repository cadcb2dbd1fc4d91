package link

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// bind makes a socket that listens at an address, which errors call by the endpoint's name if it has one. The timeout is for looking up a name. The error is Conflict when the address is in use,
// Unavailable for any other reason.
func bind(at, endpoint core.Endpoint, timeout time.Duration) (socket net.Listener, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if at.Transport == "ipc" {
		socket, err = bindPath(ctx, at.Path)
	} else {
		socket, err = new(net.ListenConfig).Listen(ctx, network(at.Host), at.HostPort())
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, core.NewError(core.Conflict, endpoint.String()+": the address is in use")
	case err != nil:
		return nil, core.NewError(core.Unavailable, endpoint.String()+": cannot listen: "+zmtp.Describe(err))
	}
	return socket, nil
}

// network keeps 0.0.0.0 to IPv4, as in libzmq; Go alone would listen on IPv6 too.
func network(host string) string {
	addr, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return "tcp"
	case addr.Is4():
		return "tcp4"
	}
	return "tcp6"
}

// bindPath removes a socket file nobody listens behind any more, such as a crash leaves; libzmq removes any.
func bindPath(ctx context.Context, path string) (net.Listener, error) {
	var c net.ListenConfig
	socket, err := c.Listen(ctx, "unix", path)
	if err == nil || path[0] == '@' || !errors.Is(err, syscall.EADDRINUSE) {
		return socket, err
	}
	info, statErr := os.Lstat(path)
	if statErr != nil || info.Mode().Type() != fs.ModeSocket {
		return nil, err
	}
	conn, dialErr := new(net.Dialer).DialContext(ctx, "unix", path)
	if dialErr == nil {
		conn.Close()
	}
	if !errors.Is(dialErr, syscall.ECONNREFUSED) || os.Remove(path) != nil {
		return nil, err
	}
	return c.Listen(ctx, "unix", path)
}
