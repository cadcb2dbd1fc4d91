package limit

import (
	"net"
	"net/netip"
)

// Crowd is how many there are of each kind, such as WebSockets by network address. The key "" is not counted.
type Crowd map[string]int

// Add counts one more.
func (c Crowd) Add(key string) {
	if key != "" {
		c[key]++
	}
}

// Remove counts one less.
func (c Crowd) Remove(key string) {
	if key == "" {
		return
	}
	if c[key]--; c[key] <= 0 {
		delete(c, key)
	}
}

// Full tells whether there are as many as may be; most 0: there is no limit.
func (c Crowd) Full(key string, most int) bool { return key != "" && most > 0 && c[key] >= most }

// Address is Origin for what counts on this machine, too: a proxy has to be a trusted one where many clients come through it.
func Address(remote string) string {
	if origin := Origin(remote); origin != "" {
		return origin
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}

// Origin is the network address that a WebSocket is counted by; "": it is not counted. An IPv6 client has a whole network of 64
// bits to choose from. Who comes from this machine is either a proxy, which stands for many, or somebody who could do worse.
func Origin(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return ""
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Unmap().IsLoopback() {
		return ""
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		network, _ := addr.Prefix(64)
		return network.String()
	}
	return addr.String()
}
