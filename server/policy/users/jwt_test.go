package users

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func publicPEM(t testing.TB, keys ...any) string {
	t.Helper()
	if keys == nil {
		keys = []any{rsaKeys()[0].Public()}
	}
	text := ""
	for _, k := range keys {
		der, err := x509.MarshalPKIXPublicKey(k)
		if err != nil {
			t.Fatal(err)
		}
		text += string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return file(t, "public.pem", text)
}

// TestConfusion attacks an entry with everything that a token may say of itself (RFC 8725).
func TestConfusion(t *testing.T) {
	key, stranger := rsaKeys()[0], rsaKeys()[1]
	public := publicPEM(t)
	text, _ := os.ReadFile(public)
	c := chain(t, Options{}, config.User{JWT: &config.JWT{PublicKeyFile: public, Algorithms: config.Strings{"RS256"},
		Issuer: "https://id.example.org", Audience: config.Strings{"zwb", "other"}}})
	rs := jwt.SigningMethodRS256
	claim := func(name string, value any) string { return sign(t, rs, key, nil, map[string]any{name: value}) }
	head := func(name string, value any) string { return sign(t, rs, key, map[string]any{name: value}, nil) }
	good := sign(t, rs, key, nil, nil)
	part := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	for _, tt := range []struct {
		name, token string
		want        core.Code
	}{
		{"a good one", good, core.OK},
		{"of one of two audiences", claim("aud", []string{"x", "other"}), core.OK},
		{"that has just expired", claim("exp", now.Add(-10*time.Second).Unix()), core.OK},
		{"that is valid soon", claim("nbf", now.Add(10*time.Second).Unix()), core.OK},
		{"with a kid, where keys have none", head("kid", "k1"), core.OK},
		{"an access token", head("typ", "at+JWT"), core.OK},
		{"without a type", head("typ", nil), core.OK},

		{"alg none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, nil), core.Unauthenticated},
		{"alg none with the signature", encode([]byte(`{"alg":"none"}`)) + "." + part[1] + "." + part[2], core.Unauthenticated},
		{"alg NONE", encode([]byte(`{"alg":"NONE"}`)) + "." + part[1] + ".", core.Unauthenticated},
		{"no alg", encode([]byte(`{}`)) + "." + part[1] + "." + part[2], core.Unauthenticated},
		{"two algs", encode([]byte(`{"alg":"RS256","alg":"none"}`)) + "." + part[1] + ".", core.Unauthenticated},
		{"no signature", part[0] + "." + part[1] + ".", core.Unauthenticated},
		{"HS256 with the public key", sign(t, jwt.SigningMethodHS256, text, nil, nil), core.Unauthenticated},
		{"HS256 with nothing", sign(t, jwt.SigningMethodHS256, []byte{}, nil, nil), core.Unauthenticated},
		{"PS256, which is not among those allowed", sign(t, jwt.SigningMethodPS256, key, nil, nil), core.Unauthenticated},
		{"RS512", sign(t, jwt.SigningMethodRS512, key, nil, nil), core.Unauthenticated},
		{"of another key", sign(t, rs, stranger, nil, nil), core.Unauthenticated},
		{"with its own key in it", sign(t, rs, stranger, map[string]any{"jwk": map[string]any{"kty": "RSA", "n": encode(stranger.N.Bytes()), "e": "AQAB"}}, nil), core.Unauthenticated},
		{"with its own key elsewhere", sign(t, rs, stranger, map[string]any{"jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}, nil), core.Unauthenticated},
		{"kid is a path", sign(t, jwt.SigningMethodHS256, []byte{}, map[string]any{"kid": "../../../../dev/null"}, nil), core.Unauthenticated},
		{"kid is a question", sign(t, rs, stranger, map[string]any{"kid": "x' UNION SELECT 'key"}, nil), core.Unauthenticated},
		{"kid is a number", head("kid", 1), core.Unauthenticated},
		{"kid is long", head("kid", strings.Repeat("k", 300)), core.Unauthenticated},
		{"critical what nobody knows", sign(t, rs, key, map[string]any{"crit": []string{"x"}, "x": 1}, nil), core.Unauthenticated},
		{"b64", sign(t, rs, key, map[string]any{"crit": []string{"b64"}, "b64": false}, nil), core.Unauthenticated},
		{"a logout token", head("typ", "logout+jwt"), core.Unauthenticated},
		{"changed", part[0] + "." + encode([]byte(`{"sub":"root","exp":99999999999,"aud":"zwb","iss":"https://id.example.org"}`)) + "." + part[2], core.Unauthenticated},
		{"more parts", good + ".x", core.Unauthenticated},
		{"padded", part[0] + "=." + part[1] + "." + part[2], core.Unauthenticated},

		{"without exp", claim("exp", nil), core.Unauthenticated},
		{"exp is text", claim("exp", "tomorrow"), core.Unauthenticated},
		{"expired", claim("exp", now.Add(-time.Minute).Unix()), core.Unauthenticated},
		{"exp is 0", claim("exp", 0), core.Unauthenticated},
		{"not valid yet", claim("nbf", now.Add(time.Minute).Unix()), core.Unauthenticated},
		{"for somebody else", claim("aud", "bank"), core.Unauthenticated},
		{"for nobody", claim("aud", nil), core.Unauthenticated},
		{"of another issuer", claim("iss", "https://evil.example.org"), core.Unauthenticated},
		{"of no issuer", claim("iss", nil), core.Unauthenticated},
		{"of nobody", claim("sub", nil), core.Unauthenticated},
		{"of an empty user", claim("sub", ""), core.Unauthenticated},
		{"of a number", claim("sub", 7), core.Unauthenticated},
		{"of two lines", claim("sub", "ann\nroot"), core.Unauthenticated},
		{"of a long name", claim("sub", strings.Repeat("a", 300)), core.Unauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user, err := header1("Authorization", "Bearer "+tt.token).to(c)
			wantCode(t, err, tt.want)
			if tt.want == core.OK {
				wantUser(t, user, err, "https://id.example.org", "ann")
			}
			if err != nil && strings.Contains(err.Error(), part[2]) {
				t.Error("the error has the token in it")
			}
		})
	}
}

// Each type of key does what it is for, and nothing else.
func TestAlgorithmsOfKeys(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	c := chain(t, Options{}, config.User{JWT: &config.JWT{PublicKeyFile: publicPEM(t, rsaKeys()[0].Public(), p256.Public(), p384.Public(), ed.Public())}})
	for _, tt := range []struct {
		method jwt.SigningMethod
		key    any
	}{
		{jwt.SigningMethodRS256, rsaKeys()[0]}, {jwt.SigningMethodPS384, rsaKeys()[0]}, {jwt.SigningMethodES256, p256},
		{jwt.SigningMethodES384, p384}, {jwt.SigningMethodEdDSA, ed},
	} {
		user, err := helloToken(sign(t, tt.method, tt.key, nil, nil)).to(c)
		wantUser(t, user, err, "jwt:https://id.example.org", "ann")
	}
	small := key{public: p256.Public()}
	for _, alg := range append(asymmetric(), symmetric...) {
		if small.does(alg) != (alg == "ES256") {
			t.Errorf("P-256 does %s: %v", alg, small.does(alg))
		}
	}
	if (key{secret: []byte(secret)}).does("RS256") || (key{public: p256.Public(), alg: "ES384"}).does("ES256") {
		t.Error("a key does what it is not for")
	}
}

// What a token says beside is handed on.
func TestWhatATokenSays(t *testing.T) {
	c := chain(t, Options{}, config.User{JWT: &config.JWT{SecretFile: file(t, "secret", secret), User: "email"}})
	exp := time.Now().Add(time.Minute).Truncate(time.Second)
	user, err := helloToken(sign(t, jwt.SigningMethodHS256, []byte(secret), nil, map[string]any{
		"email": "ann@example.org", "groups": []string{"trader"}, "jti": "j1", "exp": exp.Unix()})).to(c)
	wantUser(t, user, err, "jwt:https://id.example.org", "ann@example.org")
	u := Of(user)
	if groups, _ := u.Claims["groups"].([]any); len(groups) != 1 || groups[0] != "trader" || u.TokenID != "j1" || !u.Expires.Equal(exp.Add(defaultLeeway)) {
		t.Errorf("%+v", u)
	}
}
