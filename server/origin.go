package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// origins decides which pages may connect, by the Origin of their requests (RFC 6454).
type origins struct {
	hosts    []string // names under which the bridge is known to be reached, in lower case
	patterns []originPattern
	all      bool // every page may
}

// newOrigins makes origins of what Config says. A pattern that cannot be read lets nobody in; its error is returned.
func newOrigins(hosts, patterns []string) (o origins, err error) {
	for _, host := range hosts {
		o.hosts = append(o.hosts, hostName(host))
	}
	for _, text := range patterns {
		if text == "*" {
			o.all = true
			continue
		}
		p, wrong := parseOriginPattern(text)
		if wrong != nil {
			err = wrong
			continue
		}
		o.patterns = append(o.patterns, p)
	}
	return o, err
}

// refuse says why a page may not connect; "": it may. A request without an Origin is no browser's, so it passes.
func (o *origins) refuse(r *http.Request) string {
	text := r.Header.Get("Origin")
	if text == "" || o.all {
		return ""
	}
	origin, ok := parseOrigin(text)
	if len(r.Header["Origin"]) > 1 || !ok {
		return "pages of this origin may not connect: " + clip(text)
	}
	own := isOwn(origin, r.Host)
	switch {
	case own && o.knows(hostName(origin.Host)), o.match(origin):
		return ""
	case own: // a close frame has room for 123 bytes, so the flag comes first
		return "unknown host; if it is this bridge, start it with --host " + clip(hostName(origin.Host))
	}
	return "origin refused; to let it connect, start the bridge with --origin " + clip(text)
}

// isOwn tells whether a page comes from the very host and port that its request was sent to.
func isOwn(origin *url.URL, host string) bool {
	asked := url.URL{Scheme: origin.Scheme, Host: host}
	return hostName(origin.Host) == hostName(host) && portOf(origin) == portOf(&asked)
}

// knows tells whether a host is the bridge's own. The name of any other host may have been pointed at the bridge by
// whoever owns the name ("DNS rebinding"), so a page of that name is not the bridge's. That cannot be done to an IP
// address, and browsers look up the names of this machine themselves.
func (o *origins) knows(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(o.hosts, host)
}

func (o *origins) match(origin *url.URL) bool {
	return slices.ContainsFunc(o.patterns, func(p originPattern) bool { return p.match(origin) })
}

// parseOrigin reads an origin as browsers write it: scheme, host and port, and nothing else.
func parseOrigin(text string) (*url.URL, bool) {
	text = strings.ToLower(text)
	u, err := url.Parse(text)
	return u, err == nil && u.Hostname() != "" && u.Scheme+"://"+u.Host == text
}

// hostName is the name or the address in a host, without port, brackets and the dot of the root.
func hostName(host string) string {
	u := url.URL{Host: host}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// originPattern is one of Config.Origins.
type originPattern struct {
	scheme, port string
	address      netip.Addr // zero: a name
	labels       []string   // of the name
}

// CheckOrigin says what is wrong with an entry of Config.Origins; nil: nothing.
func CheckOrigin(text string) error {
	if text == "*" {
		return nil
	}
	_, err := parseOriginPattern(text)
	return err
}

func parseOriginPattern(text string) (p originPattern, err error) {
	u, ok := parseOrigin(strings.TrimSuffix(text, "/"))
	if !ok {
		return p, fmt.Errorf("%q is no origin: write scheme, host and port, as in https://app.example.org or http://localhost:8080; "+
			"a * may stand in the host", text)
	}
	p = originPattern{scheme: u.Scheme, port: portOf(u)}
	if p.address, err = netip.ParseAddr(u.Hostname()); err == nil {
		return p, nil
	}
	p.labels = strings.Split(hostName(u.Host), ".")
	if slices.Contains(p.labels, "") || strings.ContainsAny(u.Hostname(), `[]?\^:`) {
		return p, fmt.Errorf("%q: %q is no host", text, u.Hostname())
	}
	return p, nil
}

func (p *originPattern) match(origin *url.URL) bool {
	if p.scheme != origin.Scheme || p.port != portOf(origin) {
		return false
	}
	if p.labels == nil {
		address, err := netip.ParseAddr(origin.Hostname())
		return err == nil && address == p.address
	}
	return matchLabels(p.labels, strings.Split(hostName(origin.Host), "."))
}

// matchLabels matches a name, label by label. A * stands for any part of a label; one that is the whole first label
// stands for one or more labels.
func matchLabels(pattern, name []string) bool {
	if extra := len(name) - len(pattern); pattern[0] == "*" && extra > 0 {
		name = name[extra:]
	}
	return slices.EqualFunc(pattern, name, func(p, label string) bool {
		matched, err := path.Match(p, label)
		return matched && err == nil && label != ""
	})
}

// portOf is an origin's port, also where it is that of the scheme, which browsers leave out.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// clip shortens what a request says of itself before it is told to somebody.
func clip(text string) string {
	const most = 100
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
