package users

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/crypto/bcrypt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func fast(password string) string {
	hash, _ := bcrypt.GenerateFromPassword([]byte(password), 5)
	return string(hash)
}

// The first entry whose kind is present decides; nothing but absence goes on.
func TestChain(t *testing.T) {
	secretFile := file(t, "secret", secret+"\n")
	tokenFile := file(t, "tokens.yaml", "")
	opaque, err := AppendToken(tokenFile, TokenHolder{User: "tom"})
	if err != nil {
		t.Fatal(err)
	}
	fromProxy := true
	o := Options{IsProxy: func(*http.Request) bool { return fromProxy }}
	jwtEntry := config.User{JWT: &config.JWT{SecretFile: secretFile, Cookie: "session"}}
	other := config.User{JWT: &config.JWT{SecretFile: file(t, "other", strings.ToUpper(secret)), Issuer: "https://other.example.org"}}
	ours := config.User{JWT: &config.JWT{SecretFile: secretFile, Issuer: "https://id.example.org"}}
	headerEntry := config.User{Header: &config.Header{User: "X-Forwarded-User", Groups: "X-Forwarded-Groups"}}
	basicEntry := config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", "ben:"+fast("pw")+"\n")}}
	tokensEntry := config.User{Tokens: &config.Tokens{File: tokenFile}}
	anyone := config.User{Anonymous: &config.Anonymous{}}

	good := sign(t, jwt.SigningMethodHS256, []byte(secret), nil, nil)
	bad := good[:len(good)-6] + "AAAAAA"
	theirs := sign(t, jwt.SigningMethodHS256, []byte(strings.ToUpper(secret)), nil, map[string]any{"iss": "https://other.example.org"})
	strange := sign(t, jwt.SigningMethodHS256, []byte(secret), nil, map[string]any{"iss": "https://strange.example.org"})

	const id = "https://id.example.org"
	for _, tt := range []struct {
		name    string
		entries []config.User
		shows   shows
		issuer  string
		user    string
		code    core.Code
	}{
		{"nobody is asked", nil, shows{}, "", "", core.Unauthenticated},
		{"nothing", []config.User{jwtEntry}, shows{}, "", "", core.Unauthenticated},
		{"nothing, and that is enough", []config.User{jwtEntry, anyone}, shows{}, "", "", core.OK},
		{"a JWT in Hello", []config.User{jwtEntry}, helloToken(good), "jwt:" + id, "ann", core.OK},
		{"a JWT in a header", []config.User{jwtEntry}, header1("Authorization", "bearer "+good), "jwt:" + id, "ann", core.OK},
		{"a JWT in a cookie", []config.User{jwtEntry}, header1("Cookie", "session="+good), "jwt:" + id, "ann", core.OK},
		{"a JWT in a cookie of another name", []config.User{jwtEntry}, header1("Cookie", "sessions="+good), "", "", core.Unauthenticated},
		{"two cookies of the name", []config.User{jwtEntry}, header1("Cookie", "session="+good+"; session="+bad), "", "", core.Unauthenticated},
		{"Hello counts before the cookie", []config.User{jwtEntry}, shows{`{"token":"` + bad + `"}`, http.Header{"Cookie": {"session=" + good}}}, "", "", core.Unauthenticated},
		{"a wrong JWT is not nobody", []config.User{jwtEntry, anyone}, helloToken(bad), "", "", core.Unauthenticated},
		{"a wrong JWT is no token", []config.User{jwtEntry, tokensEntry, anyone}, helloToken(bad), "", "", core.Unauthenticated},
		{"a token", []config.User{jwtEntry, tokensEntry}, helloToken(opaque), "tokens", "tom", core.OK},
		{"a token before JWTs", []config.User{tokensEntry, jwtEntry}, helloToken(good), "jwt:" + id, "ann", core.OK},
		{"a token that nobody takes is not nobody", []config.User{jwtEntry, anyone}, helloToken(opaque), "", "", core.Unauthenticated},
		{"an unknown token", []config.User{tokensEntry, anyone}, helloToken("zwb_unknown"), "", "", core.Unauthenticated},
		{"a JWT of the second issuer", []config.User{other, ours}, helloToken(good), id, "ann", core.OK},
		{"a JWT of the first issuer", []config.User{other, ours}, helloToken(theirs), "https://other.example.org", "ann", core.OK},
		{"a JWT of an issuer that is not asked", []config.User{other, ours, anyone}, helloToken(strange), "", "", core.Unauthenticated},
		{"a password in Hello", []config.User{jwtEntry, basicEntry}, shows{hello: `{"user":"ben","password":"pw"}`}, "basic", "ben", core.OK},
		{"a password in a header", []config.User{jwtEntry, basicEntry}, header1("Authorization", "Basic YmVuOnB3"), "basic", "ben", core.OK},
		{"a wrong password is not nobody", []config.User{basicEntry, anyone}, shows{hello: `{"user":"ben","password":"wp"}`}, "", "", core.Unauthenticated},
		{"a wrong user", []config.User{basicEntry, anyone}, shows{hello: `{"user":"bob","password":"pw"}`}, "", "", core.Unauthenticated},
		{"what a proxy says", []config.User{headerEntry}, header1("X-Forwarded-User", "hal"), "header", "hal", core.OK},
		{"what a proxy and somebody before it say", []config.User{headerEntry, anyone}, shows{header: http.Header{"X-Forwarded-User": {"root", "hal"}}}, "", "", core.Unauthenticated},
		{"the proxy says that it is nobody", []config.User{headerEntry, anyone}, header1("X-Forwarded-User", ""), "", "", core.OK},
		{"a line end in a name", []config.User{headerEntry}, header1("X-Forwarded-User", "hal\nroot"), "", "", core.Unauthenticated},
		{"credentials of no kind that is known", []config.User{jwtEntry, anyone}, shows{hello: `{"ticket":1}`}, "", "", core.OK},
		{"two kinds at once", []config.User{jwtEntry, basicEntry}, shows{hello: `{"token":"t","user":"ben","password":"pw"}`}, "", "", core.Unauthenticated},
		{"a token that is a number", []config.User{jwtEntry, anyone}, shows{hello: `{"token":1}`}, "", "", core.Unauthenticated},
		{"no JSON", []config.User{jwtEntry, anyone}, shows{hello: `{"token"`}, "", "", core.Unauthenticated},
		{"a huge token", []config.User{jwtEntry, anyone}, helloToken(strings.Repeat("a", maxToken+1)), "", "", core.Unauthenticated},
		{"two headers", []config.User{jwtEntry, anyone}, shows{header: http.Header{"Authorization": {"Bearer " + good, "Bearer " + good}}}, "", "", core.Unauthenticated},
		{"a scheme that is not known", []config.User{jwtEntry, anyone}, header1("Authorization", "Negotiate abc"), "", "", core.OK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user, err := tt.shows.to(chain(t, o, tt.entries...))
			wantCode(t, err, tt.code)
			if u := Of(user); u.Issuer != tt.issuer || u.Name != tt.user {
				t.Errorf("it is %+v", u)
			}
		})
	}
	fromProxy = false
	_, err = header1("X-Forwarded-User", "hal").to(chain(t, o, headerEntry))
	wantCode(t, err, core.Unauthenticated)
}

// Only what another token may help with makes a client come back.
func TestWhoComesBack(t *testing.T) {
	c := chain(t, Options{}, config.User{JWT: &config.JWT{SecretFile: file(t, "secret", secret)}},
		config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", "ben:"+fast("pw"))}})
	for _, tt := range []struct {
		shows shows
		want  bool
	}{
		{shows{}, false},
		{shows{hello: `{"user":"ben","password":"wp"}`}, false},
		{helloToken("a.b.c"), true},
		{helloToken(sign(t, jwt.SigningMethodHS256, []byte(secret), nil, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})), true},
	} {
		if _, err := tt.shows.to(c); err == nil || expired(err) != tt.want {
			t.Errorf("%+v: %v", tt.shows, err)
		}
	}
}

// What clients say of themselves is gone before anybody sees it.
func TestHeadersAreRemoved(t *testing.T) {
	proxy := false
	c := chain(t, Options{IsProxy: func(*http.Request) bool { return proxy }},
		config.User{Header: &config.Header{User: "X-Forwarded-User", Groups: "X-Forwarded-Groups"}})
	var seen http.Header
	h := c.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header }))
	said := http.Header{"X-Forwarded-User": {"root"}, "x-forwarded-groups": {"wheel"}, "X_forwarded_user": {"root"}, "Origin": {"https://o"}}
	for _, proxy = range []bool{false, true} {
		r, _ := http.NewRequest(http.MethodGet, "/data", nil)
		r.Header = said.Clone()
		h.ServeHTTP(nil, r)
		want := 1
		if proxy {
			want = 4
		}
		if len(seen) != want || len(r.Header) != 4 {
			t.Errorf("from a proxy: %v; seen %v of %v", proxy, seen, r.Header)
		}
	}
}

func TestMistakesOfEntries(t *testing.T) {
	secretFile := file(t, "secret", secret)
	for name, tt := range map[string]struct {
		entry config.User
		want  string
	}{
		"nothing":                  {config.User{}, "one kind"},
		"a short secret":           {config.User{JWT: &config.JWT{SecretFile: file(t, "short", "secret")}}, "at least 32 bytes"},
		"no file":                  {config.User{JWT: &config.JWT{SecretFile: "/nonexistent"}}, "no such file"},
		"no keys":                  {config.User{JWT: &config.JWT{}}, "no keys"},
		"two sources":              {config.User{JWT: &config.JWT{SecretFile: secretFile, JWKS: "https://x/"}}, "one source"},
		"none":                     {config.User{JWT: &config.JWT{SecretFile: secretFile, Algorithms: config.Strings{"none"}}}, "algorithms"},
		"HS with public keys":      {config.User{JWT: &config.JWT{JWKS: "https://x/", Algorithms: config.Strings{"HS256"}}}, "algorithms"},
		"RS with a secret":         {config.User{JWT: &config.JWT{SecretFile: secretFile, Algorithms: config.Strings{"RS256"}}}, "algorithms"},
		"a public key as a secret": {config.User{JWT: &config.JWT{SecretFile: publicPEM(t)}}, "public_key_file"},
		"keys in the clear":        {config.User{JWT: &config.JWT{JWKS: "http://id.example.org/"}}, "https"},
		"an issuer in the clear":   {config.User{JWT: &config.JWT{Issuer: "http://id.example.org/", Audience: config.Strings{"a"}}}, "https"},
		"an issuer for everybody":  {config.User{JWT: &config.JWT{Issuer: "https://id.example.org/"}}, "audience"},
		"a header without a name":  {config.User{Header: &config.Header{}}, "header"},
		"no users":                 {config.User{Basic: &config.Basic{Htpasswd: file(t, "empty", "# none\n")}}, "no user"},
		"MD5":                      {config.User{Basic: &config.Basic{Htpasswd: file(t, "md5", "ann:$apr1$1$aaaaaaaaaaaaaaaaaaaaaa\n")}}, "only bcrypt"},
		"SHA-1":                    {config.User{Basic: &config.Basic{Htpasswd: file(t, "sha1", "ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")}}, "only bcrypt"},
		"plain":                    {config.User{Basic: &config.Basic{Htpasswd: file(t, "plain", "ann:sesame\n")}}, "only bcrypt"},
		"bcrypt for ever":          {config.User{Basic: &config.Basic{Htpasswd: file(t, "slow", "ann:$2b$31$"+strings.Repeat("a", 53))}}, "cost"},
		"SHA-crypt for ever":       {config.User{Basic: &config.Basic{Htpasswd: file(t, "slow", "ann:$6$rounds=999999999$s$"+strings.Repeat("a", 86))}}, "rounds"},
		"a user twice":             {config.User{Basic: &config.Basic{Htpasswd: file(t, "twice", "ann:"+fast("a")+"\nann:"+fast("b"))}}, "twice"},
		"no hash":                  {config.User{Tokens: &config.Tokens{File: file(t, "t", "abc: {user: tom}\n")}}, "SHA-256"},
		"a token of nobody":        {config.User{Tokens: &config.Tokens{File: file(t, "t", strings.Repeat("ab", 32)+": {claims: {}}\n")}}, "no user"},
		"nobody who asks":          {config.User{ZMQ: &config.Asker{Address: "tcp://127.0.0.1:1"}}, "over ZeroMQ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New([]config.User{tt.entry}, Options{Log: slog.New(slog.DiscardHandler)})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "users[0]: ") {
				t.Errorf("got %v, want something about %q", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "W6ph5Mm5")) {
				t.Errorf("the mistake has a password in it: %v", err)
			}
		})
	}
}

func TestSame(t *testing.T) {
	ann := User{Issuer: "a", Name: "ann", Claims: map[string]any{"x": 1}}
	for _, tt := range []struct {
		owner, user any
		want        bool
	}{
		{ann, User{Issuer: "a", Name: "ann", Expires: time.Now()}, true},
		{ann, User{Issuer: "b", Name: "ann"}, false},
		{ann, User{Issuer: "a", Name: "bob"}, false},
		{ann, nil, false}, {nil, ann, false}, {nil, nil, true},
	} {
		if Same(tt.owner, tt.user) != tt.want {
			t.Errorf("%+v and %+v", tt.owner, tt.user)
		}
	}
}
