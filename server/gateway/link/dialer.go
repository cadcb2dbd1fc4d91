package link

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Dialer connects to backends. allowed, when there is one, judges every address in the moment before it is dialled: what
// a name resolves to may change between a check and a connect (DNS rebinding), the address of a socket does not.
func Dialer(allowed func(netip.AddrPort) error) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{}
	if allowed != nil {
		d.ControlContext = func(_ context.Context, network, address string, _ syscall.RawConn) error {
			if network == "unix" {
				return nil // a path is not resolved
			}
			addr, err := netip.ParseAddrPort(address)
			if err != nil {
				return core.NewError(core.Internal, "dialling "+address+", which is no address")
			}
			return allowed(netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()))
		}
	}
	return d.DialContext
}
