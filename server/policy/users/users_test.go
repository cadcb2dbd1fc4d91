package users

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// rsaKeys are made once: they take a while.
var rsaKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		keys[i], _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	return keys
})

// secret is one of 32 bytes.
const secret = "0123456789abcdef0123456789abcdef"

// file writes a file of the test.
func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// journal is what was logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func chain(t testing.TB, o Options, entries ...config.User) *Chain {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c, err := New(entries, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// shows is what somebody shows.
type shows struct {
	hello  string
	header http.Header
}

func (s shows) to(c *Chain) (any, error) {
	r := httptest.NewRequest(http.MethodGet, "/data", nil)
	for name, values := range s.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	var hello []byte
	if s.hello != "" {
		hello = []byte(s.hello)
	}
	return c.Authenticate(context.Background(), r, hello)
}

func helloToken(token string) shows { return shows{hello: `{"token":"` + token + `"}`} }

func header1(name, value string) shows { return shows{header: http.Header{name: {value}}} }

// wantCode compares the codes of errors, which are CloseErrors where a client is to come back.
func wantCode(t *testing.T, err error, want core.Code) {
	t.Helper()
	if got := core.CodeOf(err); got != want {
		t.Errorf("got %v (%v), want %v", got, err, want)
	}
}

func wantUser(t *testing.T, got any, err error, issuer, name string) {
	t.Helper()
	if u := Of(got); err != nil || u.Issuer != issuer || u.Name != name {
		t.Errorf("got %+v, %v; want %s of %s", got, err, name, issuer)
	}
}

// sign makes a JWT. Its claims are those of ann for a minute, with others.
func sign(t testing.TB, method jwt.SigningMethod, k any, head, claims map[string]any) string {
	t.Helper()
	all := jwt.MapClaims{"sub": "ann", "exp": time.Now().Add(time.Minute).Unix(), "aud": "zwb", "iss": "https://id.example.org"}
	for name, value := range claims {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	token := jwt.NewWithClaims(method, all)
	for name, value := range head {
		if token.Header[name] = value; value == nil {
			delete(token.Header, name)
		}
	}
	text, err := token.SignedString(k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func expired(err error) bool {
	var closed *core.CloseError
	return errors.As(err, &closed) && closed.Close == core.CloseExpired
}
