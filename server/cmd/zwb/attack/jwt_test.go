package attack

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func nowPlus(seconds int64) int64 { return time.Now().Unix() + seconds }

// keyPair is an RSA key, and its public half as PEM.
func keyPair(t *testing.T) (*rsa.PrivateKey, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func rsaOf(key *rsa.PrivateKey) func([]byte) []byte {
	return func(text []byte) []byte {
		sum := sha256.Sum256(text)
		signature, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) // never fails for a key that was made well
		return signature
	}
}

// TestForgedTokens: whatever a token says of how it is to be verified, it is verified as the file says; and who shows one that is
// wrong is not somebody without one.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	key, public := keyPair(t)
	stranger, _ := keyPair(t)
	b := start(t, `users:
  - jwt: {public_key_file: public.pem, algorithms: [RS256], issuer: rs, audience: zwb}
  - jwt: {secret_file: jwt.secret, algorithms: [HS256], issuer: hs, audience: zwb}
  - tokens: {file: tokens.yaml}
  - anonymous: {}
`, map[string]string{"public.pem": public, "jwt.secret": secret, "tokens.yaml": ""})
	type fields = map[string]any
	claims := func(issuer string, more fields) fields {
		all := fields{"iss": issuer, "aud": "zwb", "sub": "alice", "exp": nowPlus(3600)}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	rs, hs := fields{"alg": "RS256"}, fields{"alg": "HS256"}
	good := forge(rs, claims("rs", nil), rsaOf(key))
	part := strings.Split(good, ".")
	for name, token := range map[string]string{"RS256": good, "HS256": forge(hs, claims("hs", nil), macOf(secret)), "none at all": ""} {
		if err := show(b, token); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	readable := filepath.Join(b.dir, "public.pem")
	forged := map[string]string{
		"alg none":                         forge(fields{"alg": "none"}, claims("rs", nil), nil),
		"alg nOnE":                         forge(fields{"alg": "nOnE"}, claims("hs", nil), nil),
		"alg none with a signature":        encode([]byte(`{"alg":"none"}`)) + "." + part[1] + "." + part[2],
		"no alg":                           forge(fields{}, claims("rs", nil), rsaOf(key)),
		"alg is a list":                    forge(fields{"alg": []string{"RS256", "none"}}, claims("rs", nil), rsaOf(key)),
		"HS256 with the public key":        forge(hs, claims("rs", nil), macOf(public)),
		"the same for the other issuer":    forge(hs, claims("hs", nil), macOf(public)),
		"HS256 with an empty key":          forge(hs, claims("hs", nil), macOf("")),
		"RS256 that is an HMAC":            forge(rs, claims("hs", nil), macOf(secret)),
		"HS256 for the issuer of RS256":    forge(hs, claims("rs", nil), macOf(secret)),
		"RS256 for the issuer of HS256":    forge(rs, claims("hs", nil), rsaOf(key)),
		"of another key":                   forge(rs, claims("rs", nil), rsaOf(stranger)),
		"its own key in it":                forge(fields{"alg": "RS256", "jwk": fields{"kty": "RSA", "n": encode(stranger.N.Bytes()), "e": "AQAB"}}, claims("rs", nil), rsaOf(stranger)),
		"kid is a file that can be read":   forge(fields{"alg": "HS256", "kid": readable}, claims("hs", nil), macOf(public)),
		"kid is a file that is empty":      forge(fields{"alg": "HS256", "kid": "../../../../../../dev/null"}, claims("hs", nil), macOf("")),
		"kid is a question to a database":  forge(fields{"alg": "HS256", "kid": "x' UNION SELECT 'k"}, claims("hs", nil), macOf("k")),
		"critical what nobody knows":       forge(fields{"alg": "RS256", "crit": []string{"x"}, "x": 1}, claims("rs", nil), rsaOf(key)),
		"claims that were changed":         part[0] + "." + encode(asJSON(claims("rs", fields{"sub": "root"}))) + "." + part[2],
		"cut":                              good[:len(good)-4],
		"no signature":                     part[0] + "." + part[1] + ".",
		"expired":                          forge(rs, claims("rs", fields{"exp": nowPlus(-3600)}), rsaOf(key)),
		"never expires":                    forge(rs, claims("rs", fields{"exp": nil}), rsaOf(key)),
		"not valid yet":                    forge(rs, claims("rs", fields{"nbf": nowPlus(3600)}), rsaOf(key)),
		"for somebody else":                forge(rs, claims("rs", fields{"aud": "bank"}), rsaOf(key)),
		"of nobody":                        forge(rs, claims("rs", fields{"sub": ""}), rsaOf(key)),
		"of two lines":                     forge(rs, claims("rs", fields{"sub": "a\nb"}), rsaOf(key)),
		"huge, in Hello":                   forge(rs, claims("rs", fields{"x": strings.Repeat("x", 40_000)}), rsaOf(key)),
		"of an issuer that nobody knows":   forge(rs, claims("evil", nil), rsaOf(stranger)),
		"no token":                         "guessed",
		"the hash of a token, as a token":  "tokens.yaml",
		"a JWE, whose content is not told": "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA",
	}
	for name, token := range forged {
		if err := show(b, token); core.CodeOf(err) != core.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	hugeHeader(t, b, forge(rs, claims("rs", fields{"x": strings.Repeat("x", 1<<20)}), rsaOf(key)))
	if err := show(b, good); err != nil {
		t.Errorf("after all that: %v", err)
	}
}

// show shows a token, in Hello and where a program may, in a header.
func show(b *bridge, token string) error {
	if token == "" {
		v, _, err := b.door().Enter(core.Frame{})
		if err == nil {
			v.Close()
		}
		return err
	}
	v, _, err := b.door().Enter(credentials(token))
	if err == nil {
		v.Close()
	}
	door := b.door()
	door.Headers = []string{"Authorization: Bearer " + token}
	w, _, other := door.Enter(core.Frame{})
	if other == nil {
		w.Close()
	}
	if (err == nil) != (other == nil) && len(token) < 8<<10 {
		return fmt.Errorf("in Hello: %v; in a header: %v", err, other)
	}
	return err
}

// hugeHeader shows a token that is longer than any header may be.
func hugeHeader(t *testing.T, b *bridge, token string) {
	t.Helper()
	door := b.door()
	door.Headers = []string{"Authorization: Bearer " + token}
	v, err := door.Knock()
	if err == nil {
		v.Close()
	}
	if err == nil && v.IsOpen() {
		t.Error("a token of a mebibyte is looked at")
	}
}

// TestInventedKeys: each token names a key of its own, and the bridge does not ask for all of them.
func TestInventedKeys(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprint(w, `{"keys":[]}`)
	}))
	defer provider.Close()
	key, _ := keyPair(t)
	b := start(t, "users:\n  - jwt: {jwks: '"+provider.URL+"/keys', algorithms: [RS256]}\n", nil)
	for n := range 200 {
		token := forge(map[string]any{"alg": "RS256", "kid": fmt.Sprint("invented-", n), "jku": provider.URL + "/evil"}, map[string]any{"sub": "a", "exp": nowPlus(99)}, rsaOf(key))
		if v, _, err := b.door().Enter(credentials(token)); err == nil {
			v.Close()
			t.Fatal("an invented key is taken")
		}
	}
	if n := asked.Load(); n > 10 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// TestTokensAreKeptAsHashes: who reads the file of tokens can be nobody by it.
func TestTokensAreKeptAsHashes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tokens.yaml")
	token := run(t, "token", "--user", "alice", "--file", file)
	token = strings.TrimSpace(token)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(token) < 40 || strings.Contains(string(text), token) {
		t.Fatalf("the token %q is in the file: %s", token, text)
	}
	b := start(t, "users:\n  - tokens: {file: tokens.yaml}\n", map[string]string{"tokens.yaml": string(text)})
	if err := show(b, token); err != nil {
		t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		hash, _, _ := strings.Cut(strings.Trim(line, "' \"\n"), ":")
		if hash = strings.Trim(hash, `'"`); hash == "" {
			continue
		}
		if err := show(b, hash); err == nil {
			t.Errorf("what is in the file is a token: %s", hash)
		}
	}
}
