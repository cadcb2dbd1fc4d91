package config

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// unixPrefix is what addresses to listen on begin with that are sockets of Unix.
const unixPrefix = "unix:"

// givenPrefix is what addresses begin with, or are, where a service manager has opened the socket.
const givenPrefix = "systemd"

// web checks what concerns listeners and browsers.
func (c *checker) web() {
	f := c.file
	c.each("listen", f.Listen, badListener)
	c.twice("listen", f.Listen)
	if t := f.TLS; t != nil {
		switch {
		case t.Cert == "" && t.Key == "":
			c.wrong("tls", "tls needs cert and key, which are files (PEM)")
		case t.Key == "":
			c.wrong("tls", "cert and key go together: key is missing")
		case t.Cert == "":
			c.wrong("tls", "cert and key go together: cert is missing")
		}
	}
	if f.Prefix != "" && (!strings.HasPrefix(f.Prefix, "/") || strings.ContainsAny(f.Prefix, "{} ?#")) {
		c.wrong("prefix", "prefix is a path, as in /zwb/")
	}
	c.twice("origins", f.Origins)
	c.each("hosts", f.Hosts, badHost)
	c.each("proxies", f.Proxies, badNetwork)
	c.each("networks", f.Networks, badNetwork)
	if a := f.Admin; a != nil {
		c.admin(a)
	}
	if f.Cluster != nil {
		c.cluster(f.Cluster)
	}
}

func (c *checker) admin(a *Admin) {
	if a.Listen == "" {
		c.wrong("admin", "admin needs listen: the address of its own listener, as in 127.0.0.1:8001")
		return
	}
	why := badListener(a.Listen)
	for _, listen := range c.whole.Listen {
		if why == "" && listen == a.Listen && !strings.HasSuffix(listen, ":0") { // of port 0 there are as many as are wanted
			why = "admin has a listener of its own; this one is for pages"
		}
	}
	if why != "" {
		c.wrong("admin.listen", why)
	}
}

func badListener(text string) string {
	if path, isUnix := strings.CutPrefix(text, unixPrefix); isUnix {
		const most = 107 // unix(7): sun_path
		if path == "" || len(path) > most {
			return "the path of a socket of Unix has from 1 to " + strconv.Itoa(most) + " bytes"
		}
		return ""
	}
	if text == givenPrefix || strings.HasPrefix(text, givenPrefix+":") && len(text) > len(givenPrefix)+1 {
		return "" // which sockets there are is known when the process begins
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "an address to listen on is written as 127.0.0.1:8000, [::1]:8000, :8000, unix:/run/zwb.sock or systemd, not " + strconv.Quote(clip(text))
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "invalid port " + strconv.Quote(clip(port)) + ": it is a number up to 65535"
	}
	if strings.ContainsAny(host, "/ *") {
		return "invalid host " + strconv.Quote(clip(host)) + "; leave it out, as in :8000, to listen on all addresses"
	}
	return ""
}

func badHost(text string) string {
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil && addr.Is6() {
		return ""
	}
	if strings.ContainsAny(text, ":/ *?#@") {
		return "a host is the name alone, as in bridge.example.org, not " + strconv.Quote(clip(text))
	}
	return ""
}

func badNetwork(text string) string {
	if _, err := ParseNetwork(text); err != nil {
		return reason(err)
	}
	return ""
}

// ParseNetwork reads a network or a single address: 10.0.0.0/8, 127.0.0.1, fd00::/8. The error is [core.Invalid].
func ParseNetwork(text string) (netip.Prefix, error) {
	wrong := func(why string) error {
		return core.NewError(core.Invalid, "network "+strconv.Quote(clip(text))+": "+why)
	}
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, wrong("write it as 10.0.0.0/8, fd00::/8, or as an address")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return netip.Prefix{}, wrong("write it as 10.0.0.0/8 or fd00::/8")
	case network.Addr().Is4In6():
		return netip.Prefix{}, wrong("write it as a network of IPv4")
	case network != network.Masked():
		return netip.Prefix{}, wrong("an address within a network; did you mean " + network.Masked().String() + "?")
	}
	return network, nil
}

// reason is the text of an error without its code.
func reason(err error) string {
	if e, ok := err.(*core.Error); ok {
		return e.Text
	}
	return err.Error()
}
