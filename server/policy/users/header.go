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
	r := p.request
	values, groups := r.Header.Values(h.user), r.Header.Values(h.groups)
	if len(values) == 0 || !h.isProxy(r) {
		return nil, errAbsent
	}
	if len(values) > 1 || len(groups) > 1 {
		return nil, errAmbiguous // the proxy has added its own to what a client has said
	}
	if values[0] == "" {
		return nil, errAbsent // the proxy says that it is nobody
	}
	if !validName(values[0]) {
		return nil, errMalformed
	}
	u := User{Issuer: "header", Name: values[0], Claims: map[string]any{}}
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
