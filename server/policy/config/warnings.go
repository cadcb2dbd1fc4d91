package config

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Warnings are what works, and may not be meant.
func (f *File) Warnings() Mistakes {
	whole, found := f.WithDefaults(), Mistakes{}
	warn := func(path, text string) { found = append(found, f.MistakeAt(path, text)) }
	if len(f.Names) == 0 && len(f.Rules) == 0 {
		warn("endpoints", "there are no endpoints and no addresses, so nobody reaches anything")
	}
	for i, listen := range whole.Listen {
		switch {
		case !isPublic(listen):
		case f.TLS == nil:
			warn(at("listen", i), "other machines reach this without TLS; only a proxy with TLS should")
		case len(f.Users) == 0 && len(f.Names)+len(f.Rules) > 0:
			warn(at("listen", i), "other machines reach this, and without users nobody is asked who they are")
		}
	}
	for i, a := range f.Rules {
		if a.HTTP && !*whole.ZMQ.HTTP {
			warn(at("addresses", i)+".http", "with zmq.http: false nothing is reached over HTTP")
		}
	}
	if i := slices.Index(f.Origins, "*"); i >= 0 {
		warn(at("origins", i), "with * every web site may connect from the browsers of its visitors")
	}
	if len(f.Networks) == 0 {
		for name, e := range f.Names {
			if host := hostNameIn(e); host != "" && !e.Bind {
				warn("endpoints."+name+".address", "DNS decides where "+host+" is; say with networks where backends may be")
			}
		}
	}
	if all := historiesOf(whole); all > whole.Limits.Memory/historyParts {
		warn("limits.memory", "the histories of the endpoints may take "+text(all)+" together, and have a quarter of memory, "+text(whole.Limits.Memory/historyParts)+"; the oldest messages go then")
	}
	return found.sorted()
}

// historyParts is how many parts of limits.memory there are, of which histories have one.
const historyParts = 4

// cacheSize is how much of a durable history is in memory, too.
const cacheSize Size = 16 << 20

// historiesOf is what the histories of all endpoints may take together.
func historiesOf(f *File) (all Size) {
	for _, e := range f.Names {
		if e.History == nil {
			continue
		}
		size := e.History.Size
		if e.History.Durable { // of which so much is in memory, too
			size = min(size, cacheSize)
		}
		if e.Memory > 0 {
			size = min(size, e.Memory)
		}
		all += size
	}
	return all
}

// isPublic tells whether an address to listen on is reached from other machines.
func isPublic(listen string) bool {
	if strings.HasPrefix(listen, unixPrefix) || strings.HasPrefix(listen, givenPrefix) {
		return false // where a socket is that was opened before, the file does not say
	}
	host, _, err := net.SplitHostPort(listen)
	return err == nil && !isLoopback(host)
}

// hostNameIn is a name that DNS has to look up; "" if an endpoint has none.
func hostNameIn(e Endpoint) string {
	for _, address := range e.Address {
		rest, isTCP := strings.CutPrefix(address, "tcp://")
		host, _, err := net.SplitHostPort(rest)
		if _, noAddress := netip.ParseAddr(host); isTCP && err == nil && noAddress != nil && host != "localhost" {
			return host
		}
	}
	return ""
}
