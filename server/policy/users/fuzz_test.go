package users

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// FuzzCredentials shows a chain whatever anybody may: nobody gets in with it, and nothing else happens.
func FuzzCredentials(f *testing.F) {
	good := sign(f, jwt.SigningMethodHS256, []byte(secret), nil, nil)
	bad := good[:len(good)-5] + "AAAAA"
	for _, hello := range []string{"", "null", `{}`, `{"token":"` + bad + `"}`, `{"token":1}`, `{"user":"a","password":"b"}`, `[`, `{"token":"a","token":"b"}`, `"x"`} {
		for _, authorization := range []string{"", "Bearer " + bad, "Basic YTpi", "Basic", "bearer", "Basic OmI="} {
			f.Add(hello, authorization, "session="+bad)
		}
	}
	c := chain(f, Options{IsProxy: func(*http.Request) bool { return true }},
		config.User{JWT: &config.JWT{SecretFile: file(f, "secret", secret), Cookie: "session"}},
		config.User{Basic: &config.Basic{Htpasswd: file(f, "htpasswd", "ben:$6$saltsalt$"+strings.Repeat("a", 86))}},
		config.User{Tokens: &config.Tokens{File: file(f, "tokens.yaml", "")}})
	f.Fuzz(func(t *testing.T, hello, authorization, cookie string) {
		r := httptest.NewRequest(http.MethodGet, "/data", nil)
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		r.Header["Cookie"] = []string{cookie}
		user, err := c.Authenticate(t.Context(), r, []byte(hello))
		if err == nil || user != nil {
			t.Fatalf("%+v got in", user)
		}
		switch core.CodeOf(err) {
		case core.Unauthenticated, core.Busy:
		default:
			t.Errorf("%v", err)
		}
	})
}

// FuzzKeySet reads what a provider may say.
func FuzzKeySet(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"` + strings.Repeat("q", 342) + `","e":"AQAB"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},{"kty":"OKP","crv":"Ed25519","x":"` + strings.Repeat("q", 43) + `"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := parseKeySet(text)
		if (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		for _, k := range keys {
			if k.secret != nil || !usable(k.public) {
				t.Errorf("%+v", k)
			}
		}
	})
}

// FuzzTokens reads a file of tokens.
func FuzzTokens(f *testing.F) {
	f.Add([]byte(strings.Repeat("ab", 32) + ": {user: tom, claims: {a: [1]}, expires: 2030-01-01T00:00:00Z}\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		known, err := parseTokens(text)
		for hash, holder := range known {
			if err == nil && (len(hash) != 64 || !validName(holder.User)) {
				t.Errorf("%q: %+v", hash, holder)
			}
		}
	})
}

// FuzzAnswer reads what a service may say.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"allow":true,"user":"a","ttl":1e300,"until":-1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a := &asker{keep: defaultKeep}
		if answer, err := parseAnswer(text); err == nil {
			if life := a.life(answer); life < 0 || life > defaultKeep {
				t.Errorf("%s is kept for %v", text, life)
			}
			if said := reason(answer, "no"); strings.ContainsAny(said, "\r\n") {
				t.Errorf("%q", said)
			}
		}
	})
}
