package server

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Forwarded stands in front of a Bridge that is behind proxies. What these say of a client, in X-Forwarded-For and
// X-Forwarded-Host, takes the place of the request's RemoteAddr and Host: the client is the last address of the list that is no
// proxy of ours, as any before it may be made up. From everybody else these headers are taken away, and X-Forwarded-Proto and
// those that are named besides with them: whoever reads them behind this may believe them.
//
// Without networks nobody is a proxy. Whoever comes through a socket of Unix comes from 127.0.0.1.
func Forwarded(proxies []netip.Prefix, besides []string, next http.Handler) http.Handler {
	f := forwarded{proxies, append([]string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded"}, besides...)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, f.read(r)) })
}

// thisMachine is where somebody is who has no address, because the connection is one of Unix.
const thisMachine = "127.0.0.1"

type forwarded struct {
	proxies []netip.Prefix
	headers []string
}

// read is the request as the client made it.
func (f forwarded) read(r *http.Request) *http.Request {
	host, port, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host, port = thisMachine, "0"
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !f.trusts(peer) {
		return f.strip(r)
	}
	said := r.WithContext(context.WithValue(r.Context(), fromProxy{}, true))
	if client, ok := f.client(r.Header.Values("X-Forwarded-For")); ok {
		said.RemoteAddr = net.JoinHostPort(client.String(), port)
	}
	if host := last(r.Header.Values("X-Forwarded-Host")); host != "" {
		said.Host = host
	}
	return said
}

// fromProxy marks requests that came through a proxy.
type fromProxy struct{}

// FromProxy tells whether a request came through one of the proxies that Forwarded knows, so that what only a proxy may say can be
// believed.
func FromProxy(r *http.Request) bool {
	said, _ := r.Context().Value(fromProxy{}).(bool)
	return said
}

func (f forwarded) trusts(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(f.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// client is the last address of the list that is none of our proxies, or the first one if all are.
func (f forwarded) client(lines []string) (client netip.Addr, ok bool) {
	for _, text := range slices.Backward(strings.Split(strings.Join(lines, ","), ",")) {
		addr, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return client, ok // what stands before it was not said by one of ours
		}
		client, ok = addr, true
		if !f.trusts(addr) {
			return client, true
		}
	}
	return client, ok
}

func last(lines []string) string {
	list := strings.Split(strings.Join(lines, ","), ",")
	return strings.TrimSpace(list[len(list)-1])
}

// strip takes away what only a proxy may say.
func (f forwarded) strip(r *http.Request) *http.Request {
	if !slices.ContainsFunc(f.headers, func(name string) bool { return len(r.Header.Values(name)) > 0 }) {
		return r
	}
	bare := r.Clone(r.Context())
	for _, name := range f.headers {
		bare.Header.Del(name)
	}
	return bare
}
