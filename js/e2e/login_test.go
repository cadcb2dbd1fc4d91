package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	zmqwebbridge "github.com/zmqwebbridge/zmqwebbridge"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// login is an OpenID provider, which gives a token to whoever asks, and a bridge that believes it.
type login struct {
	provider, bridge *httptest.Server
	zwb              *server.Bridge
	refuse           atomic.Bool // it gives tokens for another audience
	mu               sync.Mutex
	tokens           []string // all that it gave
	log              bytes.Buffer
}

const lifeOfToken = 4 * time.Second

func newLogin(t *testing.T) *login {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l := &login{}
	l.provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		encode := base64.RawURLEncoding.EncodeToString
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			json.NewEncoder(w).Encode(map[string]any{"issuer": l.provider.URL, "jwks_uri": l.provider.URL + "/keys"})
		case "/keys":
			json.NewEncoder(w).Encode(map[string]any{"keys": []any{map[string]any{"kty": "RSA", "kid": "k", "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}}})
		case "/token":
			w.Write([]byte(l.token(key)))
		}
	}))
	t.Cleanup(l.provider.Close)
	leeway := config.Duration(0)
	chain, err := users.New([]config.User{{JWT: &config.JWT{Issuer: l.provider.URL, Audience: config.Strings{"zwb"}, Leeway: &leeway}}}, users.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chain.Close)
	l.zwb = server.New(server.Config{
		WebsocketAllowed: func(*http.Request) error { return nil },
		Authenticate:     chain.Authenticate, SameUser: users.Same, Origins: []string{"*"},
		Log: slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	mux := http.NewServeMux()
	mux.Handle("/data", l.zwb)
	mux.Handle("/", server.Assets(zmqwebbridge.Files, []string{"*"}))
	l.bridge = httptest.NewServer(mux)
	t.Cleanup(l.bridge.Close)
	t.Cleanup(l.zwb.Close)
	return l
}

func (l *login) token(key *rsa.PrivateKey) string {
	claims := jwt.MapClaims{"iss": l.provider.URL, "sub": "ann", "aud": "zwb", "exp": float64(time.Now().Add(lifeOfToken).UnixMilli()) / 1000}
	if l.refuse.Load() {
		claims["aud"] = "bank"
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k"
	text, _ := token.SignedString(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tokens = append(l.tokens, text)
	return text
}

// Write is where the bridge logs.
func (l *login) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log.Write(p)
}

// nothingTold fails if a token is in the log of the bridge.
func (l *login) nothingTold(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, token := range l.tokens {
		if signature := token[strings.LastIndex(token, ".")+1:]; strings.Contains(l.log.String(), signature) {
			t.Errorf("a token is in the log:\n%s", l.log.String())
		}
	}
	if l.log.Len() == 0 {
		t.Error("nothing was logged, so this looked at nothing")
	}
}

// fetch gets a token, as a program does.
func (l *login) fetch() (string, error) {
	answer, err := http.Get(l.provider.URL + "/token")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func (l *login) data() string { return "ws" + strings.TrimPrefix(l.bridge.URL, "http") + "/data" }

// awaitStats waits until the bridge has counted enough.
func (l *login) awaitStats(t *testing.T, enough func(server.Stats) bool) {
	t.Helper()
	wait.For(t, "the bridge to have counted enough", func() bool { return enough(l.zwb.Stats()) })
}

// TestLogin checks that a page stays connected while its tokens expire, and is told why when they are refused.
func TestLogin(t *testing.T) {
	t.Parallel()
	l := newLogin(t)
	p := openTab(t, site(t)+"/?bridge="+l.bridge.URL)
	eval[any](p, `
		window.asked = []; window.states = [];
		window.getToken = async ({ reason, signal }) => {
			if (!(signal instanceof AbortSignal)) throw new Error('no signal');
			asked.push(reason);
			return (await fetch(`+quoteJS(l.provider.URL+"/token")+`)).text();
		};
		window.ctx = new zmq.Context(`+quoteJS(l.data())+`, { getToken });
		ctx.on('status', ({ state }) => states.push(state));
		await ctx.ready();`)
	l.awaitStats(t, func(s server.Stats) bool { return s.Renewed >= 2 })
	if asked := eval[[]string](p, `return asked`); len(asked) < 3 || !slices.Equal(asked[:3], []string{"connect", "expired", "expired"}) {
		t.Errorf("the page was asked %q", asked)
	}
	if states := eval[[]string](p, `return states`); !slices.Equal(states, []string{"connected"}) {
		t.Errorf("the page has noticed: %q", states)
	}
	if s := l.zwb.Stats(); s.ConnectionsTotal != 1 || s.Expired != 0 {
		t.Errorf("the bridge has counted %+v", s)
	}

	l.refuse.Store(true)
	got := eval[[]any](p, `
		while (ctx.status().state !== 'closed') await new Promise((r) => setTimeout(r, 20));
		const { code, reason } = ctx.status();
		return [code, reason, asked.includes('refused')];`)
	if got[0] != "unauthenticated" || !strings.Contains(got[1].(string), "for somebody else") || got[2] != true {
		t.Errorf("the page is told %v", got)
	}
	p.nothingThrown()
	l.nothingTold(t)
}

// TestLoginThatIsRevoked: the page has renewed its token twice when somebody ends its session for good. It is told why, in the event
// and ever after, what waits fails with the same, and it asks for no other token.
func TestLoginThatIsRevoked(t *testing.T) {
	t.Parallel()
	l := newLogin(t)
	p := openTab(t, site(t)+"/?bridge="+l.bridge.URL)
	eval[any](p, `
		window.asked = []; window.told = [];
		const getToken = async ({ reason }) => {
			asked.push(reason);
			return (await fetch(`+quoteJS(l.provider.URL+"/token")+`)).text();
		};
		window.ctx = new zmq.Context(`+quoteJS(l.data())+`, { getToken });
		ctx.on('status', (status) => told.push(status));
		await ctx.ready();`)
	l.awaitStats(t, func(s server.Stats) bool { return s.Renewed >= 2 })
	all, _ := l.zwb.Sessions(server.SessionFilter{})
	if len(all) != 1 {
		t.Fatalf("%d sessions", len(all))
	}
	const reason = "your access has ended: ask your administrator"
	if l.zwb.Disconnect(server.SessionFilter{ID: all[0].ID}, reason, false) != 1 {
		t.Fatal("nobody was disconnected")
	}
	got := eval[[]string](p, `
		while (ctx.status().state !== 'closed') await new Promise((r) => setTimeout(r, 20));
		const before = asked.length;
		const failed = await ctx.ready().catch((e) => e);
		await new Promise((r) => setTimeout(r, 500)); // in which it would have come back
		const { state, code, reason } = told.at(-1), now = ctx.status();
		return [state, code, reason, now.state, now.code, now.reason, failed.code, failed.message, String(asked.length - before)];`)
	if want := []string{"closed", "denied", reason, "closed", "denied", reason, "denied", reason, "0"}; !slices.Equal(got, want) {
		t.Errorf("the page is told %q, not %q", got, want)
	}
	if s := l.zwb.Stats(); s.Connections != 0 || s.ConnectionsTotal != 1 {
		t.Errorf("%d connections, %d in all", s.Connections, s.ConnectionsTotal)
	}
	l.nothingTold(t)
}

// TestLoginOfAProgram is the same with the Go client.
func TestLoginOfAProgram(t *testing.T) {
	t.Parallel()
	l := newLogin(t)
	var asked []zmq.Reason
	ctx := zmq.NewContext(l.data(), zmq.Options{GetToken: func(_ context.Context, why zmq.Reason) (string, error) {
		l.mu.Lock()
		asked = append(asked, why)
		l.mu.Unlock()
		return l.fetch()
	}})
	defer ctx.Close()
	l.awaitStats(t, func(s server.Stats) bool { return s.Renewed >= 2 })
	l.mu.Lock()
	if !slices.Equal(asked[:3], []zmq.Reason{zmq.ReasonConnect, zmq.ReasonExpired, zmq.ReasonExpired}) {
		t.Errorf("asked %q", asked)
	}
	l.mu.Unlock()
	if s := l.zwb.Stats(); s.ConnectionsTotal != 1 || s.Expired != 0 {
		t.Errorf("the bridge has counted %+v", s)
	}
	ctx.Close()
	l.awaitStats(t, func(s server.Stats) bool { return s.Connections == 0 })
	l.nothingTold(t)
}
