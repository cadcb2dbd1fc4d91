package origin

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Pages decides which pages may connect, by the Origin of their requests (RFC 6454).
type Pages struct {
	hosts    []string // names under which the bridge is known to be reached, in lower case
	patterns []pattern
	all      bool // every page may
}

// New makes Pages of what server.Config says, in Hosts and Origins. A pattern that cannot be read lets nobody in; its error is returned.
func New(hosts, patterns []string) (o Pages, err error) {
	for _, host := range hosts {
		o.hosts = append(o.hosts, hostName(host))
	}
	for _, text := range patterns {
		if text == "*" {
			o.all = true
			continue
		}
		p, wrong := parsePattern(text)
		if wrong != nil {
			err = wrong
			continue
		}
		o.patterns = append(o.patterns, p)
	}
	return o, err
}

// Refuse says why a page may not connect; "": it may. A request without an Origin is no browser's, so it passes.
func (p *Pages) Refuse(r *http.Request) string {
	text := r.Header.Get("Origin")
	if text == "" || p.all {
		return ""
	}
	origin, ok := parse(text)
	if len(r.Header["Origin"]) > 1 || !ok {
		return "pages of this origin may not connect: " + Clip(text)
	}
	own := isOwn(origin, r.Host)
	switch {
	case own && p.knows(hostName(origin.Host)), p.match(origin):
		return ""
	case own: // a close frame has room for 123 bytes, so the flag comes first
		return "unknown host; if it is this bridge, start it with --host " + Clip(hostName(origin.Host))
	}
	return "origin refused; to let it connect, start the bridge with --origin " + Clip(text)
}

// isOwn tells whether a page comes from the very host and port that its request was sent to.
func isOwn(origin *url.URL, host string) bool {
	asked := url.URL{Scheme: origin.Scheme, Host: host}
	return hostName(origin.Host) == hostName(host) && portOf(origin) == portOf(&asked)
}

// knows tells whether a host is the bridge's own. The name of any other host may have been pointed at the bridge by
// whoever owns the name ("DNS rebinding"), so a page of that name is not the bridge's. That cannot be done to an IP
// address, and browsers look up the names of this machine themselves.
func (p *Pages) knows(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(p.hosts, host)
}

func (p *Pages) match(origin *url.URL) bool {
	return slices.ContainsFunc(p.patterns, func(one pattern) bool { return one.match(origin) })
}

// parse reads an origin as browsers write it: scheme, host and port, and nothing else.
func parse(text string) (*url.URL, bool) {
	text = strings.ToLower(text)
	u, err := url.Parse(text)
	return u, err == nil && u.Hostname() != "" && u.Scheme+"://"+u.Host == text
}

// hostName is the name or the address in a host, without port, brackets and the dot of the root.
func hostName(host string) string {
	u := url.URL{Host: host}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// portOf is an origin's port, also where it is that of the scheme, which browsers leave out.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// Clip shortens what a request says of itself before it is told to somebody.
func Clip(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
