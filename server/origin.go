package server

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// originAllowed decides on the Origin of a request (RFC 6454): a page of the bridge's own host and of the configured
// ones may. Requests without an Origin do not come from pages; an opaque origin ("null") passes only under "*".
func originAllowed(r *http.Request, patterns []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return true
	}
	origin = strings.ToLower(origin)
	for _, p := range patterns {
		p = strings.ToLower(strings.TrimSuffix(p, "/"))
		if p == "*" {
			return true
		}
		if ok, err := path.Match(p, origin); err == nil && ok {
			return true
		}
	}
	return false
}
