package users

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// provider is an OpenID provider: discovery and keys, which it rotates, and outages.
type provider struct {
	*httptest.Server
	t       testing.TB
	fetched atomic.Int32

	mu   sync.Mutex
	keys map[string]*rsa.PrivateKey
	down http.HandlerFunc // answers instead; nil: it is up
	says map[string]any   // of its configuration, instead of what is right
}

func newProvider(t testing.TB) *provider {
	p := &provider{t: t, keys: map[string]*rsa.PrivateKey{"k1": rsaKeys()[0]}}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		says := map[string]any{"issuer": p.URL, "jwks_uri": p.URL + "/keys"}
		p.mu.Lock()
		defer p.mu.Unlock()
		for name, value := range p.says {
			says[name] = value
		}
		json.NewEncoder(w).Encode(says)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, r *http.Request) {
		p.fetched.Add(1)
		p.mu.Lock()
		defer p.mu.Unlock()
		set := []map[string]any{{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA", "use": "enc", "kid": "enc"}, {"kty": "ML-DSA"}}
		for id, k := range p.keys {
			set = append(set, map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
				"n": base64.RawURLEncoding.EncodeToString(k.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes())})
		}
		json.NewEncoder(w).Encode(map[string]any{"keys": set})
	})
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down != nil {
			down(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// change changes what the provider is, under its lock.
func (p *provider) change(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *provider) token(id string, k *rsa.PrivateKey, claims map[string]any) string {
	all := map[string]any{"iss": p.URL}
	for name, value := range claims {
		all[name] = value
	}
	return sign(p.t, jwt.SigningMethodRS256, k, map[string]any{"kid": id}, all)
}

// chain asks this provider, by discovery.
func (p *provider) chain(o Options) *Chain {
	return chain(p.t, o, config.User{JWT: &config.JWT{Issuer: p.URL, Audience: config.Strings{"zwb"}}})
}

// remote is the keys of the only entry of a chain.
func (c *Chain) remote() *remoteKeys { return c.entries[0].(*jwtEntry).remote }

func (r *remoteKeys) age(by time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetched, r.tried = r.fetched.Add(-by), r.tried.Add(-by)
}

// settled waits for an attempt that is under way.
func (r *remoteKeys) settled() {
	r.mu.Lock()
	attempt := r.attempt
	r.mu.Unlock()
	if attempt != nil {
		<-attempt
	}
}

func TestDiscovery(t *testing.T) {
	p := newProvider(t)
	c := p.chain(Options{})
	if p.fetched.Load() != 0 {
		t.Error("keys are fetched before anybody needs them")
	}
	for range 5 {
		user, err := helloToken(p.token("k1", rsaKeys()[0], nil)).to(c)
		wantUser(t, user, err, p.URL, "ann")
	}
	if n := p.fetched.Load(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	for _, token := range []string{p.token("enc", rsaKeys()[1], nil), sign(t, jwt.SigningMethodHS256, []byte("secret"), nil, map[string]any{"iss": p.URL})} {
		_, err := helloToken(token).to(c)
		wantCode(t, err, core.Unauthenticated)
	}
}

// A provider that is not up when the bridge starts keeps nobody out for longer than it is down.
func TestProviderThatComesLater(t *testing.T) {
	p := newProvider(t)
	p.down = func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	c := p.chain(Options{})
	token := p.token("k1", rsaKeys()[0], nil)
	_, err := helloToken(token).to(c)
	wantCode(t, err, core.Busy) // which is no reason to give up
	p.change(func() { p.down = nil })
	user, err := helloToken(token).to(c)
	wantUser(t, user, err, p.URL, "ann")
}

func TestRotation(t *testing.T) {
	p := newProvider(t)
	c := p.chain(Options{})
	user, err := helloToken(p.token("k1", rsaKeys()[0], nil)).to(c)
	wantUser(t, user, err, p.URL, "ann")
	p.change(func() { p.keys = map[string]*rsa.PrivateKey{"k2": rsaKeys()[1]} })
	user, err = helloToken(p.token("k2", rsaKeys()[1], nil)).to(c)
	wantUser(t, user, err, p.URL, "ann")
	_, err = helloToken(p.token("k1", rsaKeys()[0], nil)).to(c) // the key was withdrawn
	wantCode(t, err, core.Unauthenticated)
}

// Names of keys are easily made up.
func TestUnknownKeysAreNotAskedForWithoutEnd(t *testing.T) {
	p := newProvider(t)
	c := p.chain(Options{})
	for i := range 200 {
		_, err := helloToken(p.token("made up "+string(rune('a'+i%26)), rsaKeys()[1], nil)).to(c)
		wantCode(t, err, core.Unauthenticated)
	}
	if n := p.fetched.Load(); n > fetchBurst+1 {
		t.Errorf("the keys were fetched %d times", n)
	}
	user, err := helloToken(p.token("k1", rsaKeys()[0], nil)).to(c)
	wantUser(t, user, err, p.URL, "ann")
}

// What is known holds during an outage, of whatever kind, but not for ever.
func TestOutage(t *testing.T) {
	hung := make(chan struct{})
	for name, down := range map[string]http.HandlerFunc{
		"an error":  func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":   func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("<html>")) },
		"no key":    func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(`{"keys":[]}`)) },
		"no end":    func(w http.ResponseWriter, r *http.Request) { endless(w) },
		"no answer": func(w http.ResponseWriter, r *http.Request) { <-hung },
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		},
		"round about": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no answer" {
				defer close(hung)
			}
			p := newProvider(t)
			log := new(journal)
			c := p.chain(Options{Log: slog.New(slog.NewTextHandler(log, nil))})
			token := p.token("k1", rsaKeys()[0], nil)
			user, err := helloToken(token).to(c)
			wantUser(t, user, err, p.URL, "ann")
			p.change(func() { p.down = down })
			for range 3 {
				c.remote().age(time.Hour)
				user, err = helloToken(token).to(c)
				wantUser(t, user, err, p.URL, "ann")
				if name == "no answer" {
					return
				}
				c.remote().settled()
			}
			if !strings.Contains(log.String(), "keys cannot be fetched") {
				t.Errorf("nobody is told: %s", log)
			}
			c.remote().age(stale)
			_, err = helloToken(token).to(c)
			wantCode(t, err, core.Busy)
			p.change(func() { p.down = nil })
			c.remote().settled()
			user, err = helloToken(token).to(c)
			wantUser(t, user, err, p.URL, "ann")
		})
	}
}

func endless(w http.ResponseWriter) {
	line := []byte(strings.Repeat(" ", 1<<16))
	for range 1000 {
		if _, err := w.Write(line); err != nil {
			return
		}
	}
}

// A provider that is not the one it should be is not believed.
func TestWrongProvider(t *testing.T) {
	for name, says := range map[string]map[string]any{
		"another issuer":      {"issuer": "https://evil.example.org"},
		"keys in the clear":   {"jwks_uri": "http://192.0.2.1/keys"},
		"keys of a file":      {"jwks_uri": "file:///etc/passwd"},
		"no keys":             {"jwks_uri": ""},
		"keys of another way": {"jwks_uri": 7},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			p.says = says
			_, err := helloToken(p.token("k1", rsaKeys()[0], nil)).to(p.chain(Options{}))
			wantCode(t, err, core.Busy)
		})
	}
}

// Clocks that differ by less than the leeway do no harm; others do.
func TestClockSkew(t *testing.T) {
	p := newProvider(t)
	leeway := config.Duration(time.Minute)
	c := chain(t, Options{}, config.User{JWT: &config.JWT{JWKS: p.URL + "/keys", Leeway: &leeway}})
	for skew, want := range map[time.Duration]core.Code{-50 * time.Second: core.OK, 50 * time.Second: core.OK, -90 * time.Second: core.Unauthenticated, 90 * time.Second: core.Unauthenticated} {
		theirs := time.Now().Add(skew)
		_, err := helloToken(p.token("k1", rsaKeys()[0], map[string]any{"nbf": theirs.Unix(), "exp": theirs.Add(time.Second).Unix()})).to(c)
		if wantCode(t, err, want); t.Failed() {
			t.Errorf("a clock that is off by %v", skew)
		}
	}
}

// TestKeysOutliveAReload: an issuer that is down at that moment keeps nobody out.
func TestKeysOutliveAReload(t *testing.T) {
	p := newProvider(t)
	before := p.chain(Options{})
	token := helloToken(p.token("k1", rsaKeys()[0], nil))
	if _, err := token.to(before); err != nil {
		t.Fatal(err)
	}
	p.change(func() { p.down = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) } })
	if _, err := token.to(p.chain(Options{Before: before})); err != nil {
		t.Error(err)
	}
	if _, err := token.to(p.chain(Options{})); core.CodeOf(err) != core.Busy {
		t.Errorf("without the keys of before: %v", err)
	}
}
