package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// users checks who may say who they are, and how.
func (c *checker) users() {
	for i, user := range c.file.Users {
		path := at("users", i)
		if kinds := user.kinds(); len(kinds) != 1 {
			text := "an entry is one of jwt, header, basic, tokens, zmq and anonymous"
			if len(kinds) > 1 {
				text = strings.Join(kinds, " and ") + ": each kind of credential is an entry of its own"
			}
			c.wrong(path, text)
			continue
		}
		c.user(path, user)
		if user.Anonymous != nil && i < len(c.file.Users)-1 {
			c.wrong(path, "anonymous has to be the last entry: nobody gets past it")
		}
	}
}

// kinds are the names of the fields that are set.
func (u User) kinds() (kinds []string) {
	for _, kind := range []struct {
		name string
		set  bool
	}{{"jwt", u.JWT != nil}, {"header", u.Header != nil}, {"basic", u.Basic != nil}, {"tokens", u.Tokens != nil}, {"zmq", u.ZMQ != nil},
		{"anonymous", u.Anonymous != nil}} {
		if kind.set {
			kinds = append(kinds, kind.name)
		}
	}
	return kinds
}

func (c *checker) user(path string, u User) {
	switch {
	case u.JWT != nil:
		c.jwt(path+".jwt", u.JWT)
	case u.Header != nil:
		c.header(path+".header", u.Header)
	case u.Basic != nil && u.Basic.Htpasswd == "":
		c.wrong(path+".basic", "basic needs htpasswd: a file with names and hashes of passwords")
	case u.Tokens != nil && u.Tokens.File == "":
		c.wrong(path+".tokens", "tokens needs file: what zwb token writes into")
	case u.ZMQ != nil && u.ZMQ.Address == "":
		c.wrong(path+".zmq", "zmq needs address: the REP that decides, as in tcp://127.0.0.1:7000")
	case u.ZMQ != nil:
		if _, err := core.ParseEndpoint(u.ZMQ.Address); err != nil {
			c.wrong(path+".zmq.address", reason(err))
		}
	}
}

// jwt checks where the keys come from, and that the algorithms are for such keys.
func (c *checker) jwt(path string, j *JWT) {
	var sources []string
	for _, source := range []struct{ name, value string }{{"secret_file", j.SecretFile}, {"public_key_file", j.PublicKeyFile}, {"jwks", j.JWKS}, {"jwks_file", j.JWKSFile}} {
		if source.value != "" {
			sources = append(sources, source.name)
		}
	}
	switch {
	case len(sources) > 1:
		c.wrong(path, strings.Join(sources, " and ")+": the keys come from one of them; make an entry for each")
	case len(sources) == 0 && j.Issuer == "":
		c.wrong(path, "jwt needs to know where the keys are: secret_file, public_key_file, jwks, jwks_file, or an issuer that is asked for them")
	case len(sources) == 0:
		if why := badURL(j.Issuer); why != "" {
			c.wrong(path+".issuer", "without a source of keys the issuer is asked for them: "+why)
		}
	}
	if j.JWKS != "" {
		if why := badURL(j.JWKS); why != "" {
			c.wrong(path+".jwks", why)
		}
	}
	c.algorithms(path+".algorithms", j)
	if strings.ContainsFunc(j.Cookie, func(r rune) bool { return !isToken(r) }) {
		c.wrong(path+".cookie", "cookie is the name of a cookie")
	}
}

// algorithms: those with a secret (HS…) and those with a key pair must not meet. Otherwise a public key could serve as the secret.
func (c *checker) algorithms(path string, j *JWT) {
	c.twice(path, j.Algorithms)
	c.each(path, j.Algorithms, func(name string) string {
		switch secret := strings.HasPrefix(name, "HS"); {
		case secret && j.SecretFile == "":
			return name + " needs a secret_file: it is for a secret, which only that has"
		case !secret && j.SecretFile != "":
			return name + " is for a pair of keys, and secret_file is a secret: HS256, HS384 and HS512 fit"
		}
		return ""
	})
}

func (c *checker) header(path string, h *Header) {
	switch {
	case h.User == "":
		c.wrong(path, "header needs user: the name of the header that says who it is")
	case len(c.file.Proxies) == 0:
		c.wrong(path, "header counts only from proxies, and proxies names none")
	}
	for field, name := range map[string]string{"user": h.User, "groups": h.Groups} {
		if strings.ContainsFunc(name, func(r rune) bool { return !isToken(r) }) {
			c.wrong(path+"."+field, field+" is the name of a header, as in X-Forwarded-User")
		}
	}
	if h.Groups != "" && strings.EqualFold(h.User, h.Groups) {
		c.wrong(path+".groups", "user and groups are two headers")
	}
}

// isToken tells whether names of headers and cookies may have a character (RFC 9110, 5.6.2).
func isToken(r rune) bool {
	return r < 0x7f && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
}

// badURL says why keys must not come from a URL.
func badURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme) {
		return "a URL is written as https://id.example.org/keys"
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return "keys have to come over https, or from this machine"
	}
	return ""
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
