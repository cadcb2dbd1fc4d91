package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// fence says who gets in.
type fence struct {
	token [sha256.Size]byte
	open  bool // there is a token
	hosts func() []string
}

func newFence(token string, hosts func() []string) fence {
	return fence{token: sha256.Sum256([]byte(token)), open: token != "", hosts: hosts}
}

// knows tells whether a Host is one under which this listener is reached. Nobody can point an IP address here, and browsers look
// up localhost themselves.
func (f *fence) knows(host string) bool {
	name := hostName(host)
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") || slices.ContainsFunc(f.hosts(), func(host string) bool { return hostName(host) == name })
}

// hostName is the name or the address in a host, without port, brackets and the dot of the root.
func hostName(host string) string {
	u := url.URL{Host: host}
	return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
}

// accepts tells whether a request has the token. How long that takes says nothing about the token.
func (f *fence) accepts(r *http.Request) bool {
	said := r.Header.Get("X-Zwb-Token")
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		said = strings.TrimSpace(token)
	}
	hash := sha256.Sum256([]byte(said))
	return subtle.ConstantTimeCompare(hash[:], f.token[:]) == 1 && f.open
}

// most is how many bytes the body of a request may have.
const most = 64 << 10

// guarded is in front of everything.
func (a *admin) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !a.fence.knows(r.Host) {
			http.Error(w, "this is not a name of this listener; an IP address or localhost is", http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// withToken is in front of what only those may see, and do, who have the token.
func (a *admin) withToken(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.fence.accepts(r) {
			next.ServeHTTP(w, r)
			return
		}
		a.turnedAway(r)
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "this needs the admin token, in the header Authorization: Bearer, or X-Zwb-Token", http.StatusUnauthorized)
	})
}

// turnedAway tells of a request without the token: whoever has shown a wrong one is guessing, or has an old one.
func (a *admin) turnedAway(r *http.Request) {
	guessed := r.Header.Get("Authorization") != "" || r.Header.Get("X-Zwb-Token") != ""
	a.Log.Info("a request to the admin listener without its token", "remote", r.RemoteAddr, "path", r.URL.Path, "wrong_token", guessed)
	if a.Decisions != nil && guessed {
		path := r.URL.Path
		a.Decisions.Decided(access.Decision{Time: time.Now(), What: access.Admin, Remote: r.RemoteAddr, Code: core.Unauthenticated.String(),
			Reason: "not the admin token: " + r.Method + " " + path[:min(len(path), mostReason)]})
	}
}
