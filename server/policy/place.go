package policy

import (
	"net/netip"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// parsePlace reads the address of a rule, which may stand for many: a port may be * or a range, an ipc address may end in /*,
// and the host may be a network, as in tcp://10.0.0.0/8:5000-5999. A network stands for the addresses in it that a page writes
// as such; whatever a host name leads to is not among them.
func parsePlace(address string) (r Rule, err error) {
	address, ports, err := cutPorts(address)
	if err != nil {
		return Rule{}, err
	}
	address, r.network, err = cutNetwork(address)
	if err != nil {
		return Rule{}, err
	}
	if r.endpoint, err = core.ParseAddress(address); err != nil {
		return Rule{}, err
	}
	r.ports = ports
	if r.ports == (portRange{}) {
		r.ports = portRange{r.endpoint.Port, r.endpoint.Port}
	}
	r.endpoint.Port = 0
	r.folder = folder(r.endpoint)
	return r, nil
}

// cutNetwork takes the network out of a tcp address, and puts the first of its addresses in its place.
func cutNetwork(address string) (string, netip.Prefix, error) {
	rest, isTCP := strings.CutPrefix(address, "tcp://")
	slash := strings.IndexByte(rest, '/')
	colon := strings.LastIndexByte(rest, ':')
	if !isTCP || slash < 0 || colon < slash {
		return address, netip.Prefix{}, nil
	}
	host := rest[:slash]
	network, err := config.ParseNetwork(strings.Trim(host, "[]") + rest[slash:colon])
	if err != nil {
		return "", netip.Prefix{}, err
	}
	return "tcp://" + host + rest[colon:], network, nil
}

// covers tells whether an address is one that the rule is about.
func (r Rule) covers(ep core.Endpoint) bool {
	if r.folder != "" {
		return below(r.folder, ep)
	}
	if ep.Transport != r.endpoint.Transport || ep.Path != r.endpoint.Path {
		return false
	}
	if ep.Transport == "tcp" && (ep.Port < r.ports.first || ep.Port > r.ports.last) {
		return false
	}
	if !r.network.IsValid() {
		return ep.Host == r.endpoint.Host
	}
	addr, err := netip.ParseAddr(ep.Host)
	return err == nil && r.network.Contains(addr)
}
