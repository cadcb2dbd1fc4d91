package users

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// header believes what a proxy says. Everybody can say it, so it counts from a proxy only.
type header struct {
	user, groups string
	isProxy      func(*http.Request) bool
}

func newHeader(h config.Header, o Options) (entry, error) {
	if h.User == "" {
		return nil, errors.New("header: user is the name of a header")
	}
	return header{h.User, h.Groups, o.IsProxy}, nil
}

func (h header) identify(_ context.Context, p *presented) (any, error) {
	return unlessWrong(h.userOf(p.request))
}

// userOf is whom a proxy says a request to come from.
func (h header) userOf(r *http.Request) (User, error) {
	values, groups := r.Header.Values(h.user), r.Header.Values(h.groups)
	if len(values) == 0 || !h.isProxy(r) {
		return User{}, errAbsent
	}
	if len(values) > 1 || len(groups) > 1 {
		return User{}, errAmbiguous // the proxy has added its own to what a client has said
	}
	if values[0] == "" {
		return User{}, errAbsent // the proxy says that it is nobody
	}
	if !validName(values[0]) {
		return User{}, errMalformed
	}
	u := User{Issuer: "header", Name: values[0], Claims: map[string]any{}, grounds: grounds{by: "header", proof: h.proof()}}
	if h.groups != "" {
		list := []any{}
		for group := range strings.SplitSeq(strings.Join(groups, ""), ",") {
			if group = strings.TrimSpace(group); group != "" {
				list = append(list, group)
			}
		}
		u.Claims["groups"] = list
	}
	return u, nil
}

func (h header) proof() proof {
	return proofOf(http.CanonicalHeaderKey(h.user), http.CanonicalHeaderKey(h.groups))
}

// still believes the handshake, but only in headers of the same names: others the client may have said, and the proxy passed on.
func (h header) still(r *http.Request, u User) (User, error) {
	switch {
	case u.grounds.by != "header":
		return User{}, errAbsent
	case u.grounds.proof != h.proof():
		return User{}, ErrShowAgain
	}
	return h.userOf(r)
}

func (header) close() {}

// Strip removes from a request the headers by which proxies say who somebody is, unless a proxy says it. It changes the
// request, which the caller has to own. Names that differ in a dash and an underscore are removed, too: to some servers they
// are the same.
func (c *Chain) Strip(r *http.Request) {
	if len(c.headers) == 0 || c.isProxy(r) {
		return
	}
	for name := range r.Header {
		for _, header := range c.headers {
			if strings.EqualFold(strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(header, "_", "-")) {
				delete(r.Header, name)
			}
		}
	}
}

// Handler strips every request before next sees it. It goes around everything that a server serves.
func (c *Chain) Handler(next http.Handler) http.Handler {
	if len(c.headers) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.isProxy(r) {
			r = r.Clone(r.Context())
			c.Strip(r)
		}
		next.ServeHTTP(w, r)
	})
}
