package origin

import (
	"net/http"
	"slices"
)

// RefuseExchange says why a request of HTTP is not answered; "": it may be. A WebSocket always tells which page opens it. With other
// requests browsers do so only sometimes, so more has to be looked at: what a page of another site has a browser ask comes with the
// user's cookies, and from within the user's network.
func (p *Pages) RefuseExchange(r *http.Request) string {
	if r.Header.Get("Origin") != "" {
		if reason := p.Refuse(r); reason != "" {
			return reason
		}
		if (hasCookie(r) || hasBasic(r)) && !p.Trusts(r) {
			return unnamed
		}
		return ""
	}
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case !p.isReached(r.Host):
		return "unknown host; if it is this bridge, start it with --host " + Clip(hostName(r.Host))
	case site != "" && site != "same-origin" && site != "none":
		return "a page of another site may not ask for this"
	case hasCookie(r) && site == "":
		return "a request with a cookie has to say Origin or Sec-Fetch-Site, which browsers do over HTTPS"
	}
	return ""
}

// RefuseSocket says why a WebSocket that does not speak zwb.v1 may not exist; "": it may. Browsers tell which page opens it, so one without an Origin
// is no browser's; what says all the same that it comes from another site is not believed. With a WebSocket that speaks
// zwb.v1 a page has to know what to say; this one begins to answer by itself, so a cookie has to come from a page that was named.
func (p *Pages) RefuseSocket(r *http.Request) string {
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case r.Header.Get("Origin") == "" && site != "" && site != "same-origin" && site != "none":
		return "a page of another site may not ask for this"
	case r.Header.Get("Origin") == "":
		return ""
	}
	if reason := p.Refuse(r); reason != "" {
		return reason
	}
	if (hasCookie(r) || hasBasic(r)) && !p.Trusts(r) {
		return unnamed
	}
	return ""
}

// RefuseRead says why a request may not read an answer that is not for everybody; "": it may. A browser sends no Origin to the host that
// the page is of, so that host has to be known to be the bridge's: another name may have been pointed at it.
func (p *Pages) RefuseRead(r *http.Request) string {
	if r.Header.Get("Origin") != "" || p.all {
		return p.Refuse(r)
	}
	if p.knows(hostName(r.Host)) || slices.ContainsFunc([]string{"https", "http"}, func(scheme string) bool {
		origin, ok := parse(scheme + "://" + r.Host)
		return ok && p.match(origin)
	}) {
		return ""
	}
	return "unknown host; if it is this bridge, start it with --host " + Clip(hostName(r.Host))
}

// unnamed is why a browser's cookie is not enough.
const unnamed = "a request with a cookie or a password has to come from an origin that --origin names; * does not name one"

func hasCookie(r *http.Request) bool { return len(r.Header.Values("Cookie")) > 0 }

// hasBasic tells whether there is a name and a password, which a browser remembers, and adds like a cookie.
func hasBasic(r *http.Request) bool {
	_, _, ok := r.BasicAuth()
	return ok
}

// Trusts tells whether the origin of a request, which is not refused, is the bridge's own or one that was named.
func (p *Pages) Trusts(r *http.Request) bool {
	origin, ok := parse(r.Header.Get("Origin"))
	return ok && (p.match(origin) || isOwn(origin, r.Host) && p.knows(hostName(origin.Host)))
}

// isReached tells whether the bridge is reached under this host: its own, or one whose pages may connect. Any other name may have been
// pointed here by somebody else, whose pages would be of the same origin then.
func (p *Pages) isReached(host string) bool {
	if p.all || p.knows(hostName(host)) {
		return true
	}
	for _, scheme := range []string{"https://", "http://"} {
		if origin, ok := parse(scheme + host); ok && p.match(origin) {
			return true
		}
	}
	return false
}
