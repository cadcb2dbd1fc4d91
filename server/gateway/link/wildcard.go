package link

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Settle puts addresses in place of the wildcards with which somebody wants the bridge to listen: tcp://*:5555 at every address
// of this machine, and tcp://127.0.0.1:* at a port that nobody listens on. Without a wildcard the address stays as it is.
//
// The port is free when this returns. Whoever else takes it before the bridge listens there makes that fail, as with any other
// port that is in use. The kernel makes this unlikely, because it does not give a port again soon.
func Settle(address string) (string, error) {
	rest, isTCP := strings.CutPrefix(address, "tcp://")
	colon := strings.LastIndexByte(rest, ':')
	if !isTCP || colon < 0 {
		return address, nil
	}
	host, port := rest[:colon], rest[colon+1:]
	if host == "*" {
		host = "0.0.0.0"
	}
	if port == "*" {
		free, err := freePort("tcp://" + host + ":1")
		if err != nil {
			return "", err
		}
		port = strconv.Itoa(free)
	}
	return "tcp://" + host + ":" + port, nil
}

// freePort finds a port on which nobody listens at a host, which stands in an address with some other port.
func freePort(address string) (int, error) {
	endpoint, err := core.ParseAddress(address)
	if err != nil {
		return 0, err
	}
	if _, err := netip.ParseAddr(endpoint.Host); err != nil { // nobody has been asked yet whether a name may be looked up
		return 0, core.NewError(core.Invalid, "a port is chosen at an IP address or at *, not at "+endpoint.Host)
	}
	endpoint.Port = 0
	l, err := net.Listen(network(endpoint.Host), endpoint.HostPort())
	if err != nil {
		return 0, core.NewError(core.Unavailable, "the bridge cannot listen at "+endpoint.Host)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
