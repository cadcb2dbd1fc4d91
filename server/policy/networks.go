package policy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Networks are the networks in which backends may be (`zwb serve --networks`). A rule may name a host. DNS decides what that
// name stands for, and this may change from one connection to the next. So Networks judge the very address that is about to
// be dialled. They do not concern ipc, nor addresses where the bridge listens. Without any, backends may be anywhere.
type Networks []netip.Prefix

// ParseNetworks reads a list of networks or single addresses, separated by commas: "10.0.0.0/8,127.0.0.1,fd00::/8".
func ParseNetworks(list string) (Networks, error) {
	var networks Networks
	for _, text := range strings.Split(list, ",") {
		network, err := config.ParseNetwork(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// DialAllowed is the hook Config.DialAllowed of package gateway. Its error does not name the address, because a page that
// names a host is not to learn where that host is.
func (n Networks) DialAllowed(addr netip.AddrPort) error {
	if n.contain(addr.Addr()) {
		return nil
	}
	return core.NewError(core.Denied, "what the host name stands for is outside the networks that may be dialled")
}

func (n Networks) contain(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return len(n) == 0 || slices.ContainsFunc(n, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// overlap tells whether some address of a network may be dialled.
func (n Networks) overlap(network netip.Prefix) bool {
	return network.IsValid() && slices.ContainsFunc(n, network.Overlaps)
}

// Check finds a rule that can never be used, because it allows an address outside the networks. The error is Invalid.
func (n Networks) Check(rules Rules) error {
	for _, r := range rules {
		addr, err := netip.ParseAddr(r.endpoint.Host)
		if err == nil && r.dials() && !n.contain(addr) && !n.overlap(r.network) {
			return core.NewError(core.Invalid, "a rule allows "+r.endpoint.Host+", which is in none of the networks")
		}
	}
	return nil
}

// Names are the host names, not IP addresses, that the rules let pages reach.
func (rules Rules) Names() (names []string) {
	for _, r := range rules {
		if _, err := netip.ParseAddr(r.endpoint.Host); err != nil && r.dials() && !slices.Contains(names, r.endpoint.Host) {
			names = append(names, r.endpoint.Host)
		}
	}
	return names
}

// dials tells whether the rule lets the bridge dial a network address. For a REP the bridge always listens.
func (r Rule) dials() bool {
	onlyRep := len(r.types) > 0 && !slices.ContainsFunc(r.types, func(t core.SocketType) bool { return t != core.REP })
	return r.endpoint.Transport == "tcp" && !r.bind && !onlyRep
}
