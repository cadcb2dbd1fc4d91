package users

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// TestRecheck: who was let in by the entries of before, and what becomes of him with those of now.
func TestRecheck(t *testing.T) {
	const stays core.CloseCode = 0
	proxy := Options{IsProxy: func(*http.Request) bool { return true }, Requester: says(`{"allow":true,"user":"zoe"}`)}
	of := func(jwt config.JWT) config.User { return config.User{JWT: &jwt} }
	secretFile, otherSecret := file(t, "secret", secret), file(t, "secret", "another secret of more than 32 bytes")
	keys := rsaKeys()
	both, second := publicPEM(t, keys[0].Public(), keys[1].Public()), publicPEM(t, keys[1].Public())
	hash, otherHash := fast("pw"), fast("pw")
	passwords := func(text string) config.User {
		return config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", text)}}
	}
	tokens := func(text string) config.User {
		return config.User{Tokens: &config.Tokens{File: file(t, "tokens.yaml", text)}}
	}
	held := hashOf("a-token")
	header := func(user, groups string) config.User {
		return config.User{Header: &config.Header{User: user, Groups: groups}}
	}
	service := func(address string) config.User { return config.User{ZMQ: &config.Asker{Address: address}} }
	open := config.User{Anonymous: &config.Anonymous{}}
	hs := sign(t, jwt.SigningMethodHS256, []byte(secret), nil, nil)
	rs := sign(t, jwt.SigningMethodRS256, keys[0], nil, nil)
	leeway := config.Duration(time.Minute)

	for _, tt := range []struct {
		name    string
		shows   shows
		before  config.User
		after   []config.User
		want    core.CloseCode
		becomes func(User) bool // of who stays
	}{
		{"token, the same", helloToken("a-token"), tokens(held + ": {user: bob}"), []config.User{tokens(held + ": {user: bob}")}, stays, nil},
		{"token, other claims and an end", helloToken("a-token"), tokens(held + ": {user: bob}"),
			[]config.User{tokens(held + ": {user: bob, claims: {desk: fx}, expires: 2100-01-01T00:00:00Z}")}, stays,
			func(u User) bool { return u.Claims["desk"] == "fx" && u.Expires.Year() == 2100 }},
		{"token, gone", helloToken("a-token"), tokens(held + ": {user: bob}"), []config.User{tokens("# none")}, core.CloseExpired, nil},
		{"token, over", helloToken("a-token"), tokens(held + ": {user: bob}"), []config.User{tokens(held + ": {user: bob, expires: 2001-01-01T00:00:00Z}")}, core.CloseExpired, nil},
		{"token, of another user", helloToken("a-token"), tokens(held + ": {user: bob}"), []config.User{tokens(held + ": {user: eve}")}, core.CloseExpired, nil},
		{"token, without the entry", helloToken("a-token"), tokens(held + ": {user: bob}"), []config.User{open}, core.CloseUnauthorized, nil},

		{"password, the same", login("ben", "pw"), passwords("ben:" + hash), []config.User{passwords("ann:" + otherHash + "\nben:" + hash)}, stays, nil},
		{"password, another line", login("ben", "pw"), passwords("ben:" + hash), []config.User{passwords("ben:" + otherHash)}, core.CloseUnauthorized, nil},
		{"password, gone", login("ben", "pw"), passwords("ben:" + hash), []config.User{passwords("ann:" + hash)}, core.CloseUnauthorized, nil},

		{"header, the same", header1("X-User", "ann"), header("X-User", ""), []config.User{open, header("x-user", "")}, stays, nil},
		{"header, other names", header1("X-User", "ann"), header("X-User", ""), []config.User{header("X-User", "X-Groups")}, core.CloseGoingAway, nil},
		{"header, without the entry", header1("X-User", "ann"), header("X-User", ""), []config.User{open}, core.CloseUnauthorized, nil},

		{"jwt, the same", helloToken(hs), of(config.JWT{SecretFile: secretFile}), []config.User{of(config.JWT{SecretFile: secretFile})}, stays, nil},
		{"jwt, more leeway", helloToken(hs), of(config.JWT{SecretFile: secretFile}), []config.User{of(config.JWT{SecretFile: secretFile, Leeway: &leeway})}, stays,
			func(u User) bool { return time.Until(u.Expires) > 90*time.Second }},
		{"jwt, another secret", helloToken(hs), of(config.JWT{SecretFile: secretFile}), []config.User{of(config.JWT{SecretFile: otherSecret})}, core.CloseExpired, nil},
		{"jwt, another algorithm", helloToken(hs), of(config.JWT{SecretFile: secretFile}),
			[]config.User{of(config.JWT{SecretFile: secretFile, Algorithms: config.Strings{"HS512"}})}, core.CloseExpired, nil},
		{"jwt, another audience", helloToken(hs), of(config.JWT{SecretFile: secretFile}),
			[]config.User{of(config.JWT{SecretFile: secretFile, Audience: config.Strings{"others"}})}, core.CloseExpired, nil},
		{"jwt, another claim is the user", helloToken(hs), of(config.JWT{SecretFile: secretFile}),
			[]config.User{of(config.JWT{SecretFile: secretFile, User: "aud"})}, core.CloseExpired, nil},
		{"jwt, of another issuer", helloToken(hs), of(config.JWT{SecretFile: secretFile}),
			[]config.User{of(config.JWT{SecretFile: secretFile, Issuer: "https://other.example.org"})}, core.CloseUnauthorized, nil},
		{"jwt, one of two keys stays", helloToken(rs), of(config.JWT{PublicKeyFile: both}), []config.User{of(config.JWT{PublicKeyFile: publicPEM(t)})}, stays, nil},
		{"jwt, the other of two keys stays", helloToken(rs), of(config.JWT{PublicKeyFile: both}), []config.User{of(config.JWT{PublicKeyFile: second})}, core.CloseExpired, nil},
		{"jwt, without the entry", helloToken(rs), of(config.JWT{PublicKeyFile: both}), []config.User{open}, core.CloseUnauthorized, nil},

		{"service, the same", helloToken("t"), service("tcp://127.0.0.1:1"), []config.User{service("tcp://127.0.0.1:1")}, stays, nil},
		{"service, another", helloToken("t"), service("tcp://127.0.0.1:1"), []config.User{service("tcp://127.0.0.1:2")}, core.CloseGoingAway, nil},

		{"nobody, the same", shows{}, open, []config.User{tokens("# none"), open}, stays, nil},
		{"nobody, not any more", shows{}, open, []config.User{tokens("# none")}, core.CloseUnauthorized, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user, err := tt.shows.to(chain(t, proxy, tt.before))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/data", nil)
			r.Header = tt.shows.header
			now, err := chain(t, proxy, tt.after...).Recheck(t.Context(), r, user)
			if got := closeOf(err); got != tt.want {
				t.Fatalf("%v, want %d", err, tt.want)
			}
			if err != nil {
				return
			}
			if user != nil && !Same(user, now) {
				t.Errorf("%+v has become %+v", user, now)
			}
			if tt.becomes != nil && !tt.becomes(Of(now)) {
				t.Errorf("it is %+v by now", now)
			}
		})
	}
}

// closeOf is how a bridge closes for an error of a hook; 0 for none.
func closeOf(err error) core.CloseCode {
	var closed *core.CloseError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &closed):
		return closed.Close
	case core.CodeOf(err) == core.Unauthenticated:
		return core.CloseUnauthorized
	}
	return core.CloseInternal
}

// TestRecheckWithKeysElsewhere: it counts where the keys come from. They may be out of reach.
func TestRecheckWithKeysElsewhere(t *testing.T) {
	p, other := newProvider(t), newProvider(t)
	user, err := helloToken(p.token("k1", rsaKeys()[0], nil)).to(p.chain(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.chain(Options{}).Recheck(t.Context(), nil, user); err != nil {
		t.Errorf("of the same issuer: %v", err)
	}
	entry := config.JWT{JWKS: other.URL, Issuer: p.URL}
	if _, err := chain(t, Options{}, config.User{JWT: &entry}).Recheck(t.Context(), nil, user); !expired(err) {
		t.Errorf("with keys from elsewhere: %v", err)
	}
}

// TestKey: two users never have the same.
func TestKey(t *testing.T) {
	seen := map[string]User{}
	for _, u := range []User{{Issuer: "tokens", Name: "ann"}, {Issuer: "basic", Name: "ann"}, {Issuer: "jwt:a b", Name: "c"}, {Issuer: "jwt:a", Name: "b c"},
		{Issuer: "jwt:a%20b", Name: "c"}, {Issuer: "https://id.example.org", Name: "bo b"}} {
		if other, twice := seen[Key(u)]; twice {
			t.Errorf("%+v and %+v are both %s", u, other, Key(u))
		}
		seen[Key(u)] = u
	}
	if Key(nil) != "" {
		t.Error("nobody in particular has a key")
	}
}
