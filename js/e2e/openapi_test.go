package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// TestOpenAPI: what a user may reach is described as OpenAPI has it, and nothing else; requests and answers are as described.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	config, echo := filepath.Join(folder, "zwb.yaml"), startPeer(t, "rep", 0)
	tokens := ""
	for _, user := range []string{"ann", "bob"} {
		tokens += fmt.Sprintf("%x: {user: %s}\n", sha256.Sum256([]byte("token-of-"+user)), user)
	}
	for name, text := range map[string]string{"tokens.yaml": tokens, "zwb.yaml": fmt.Sprintf(`
users:
  - tokens: {file: tokens.yaml}
endpoints:
  echo: {type: [REQ], address: %q}
  calc: {type: REQ, address: %[1]q, functions: [add, "sub tract"], allow: 'user == "ann"'}
  jobs: {type: [PUSH, PUB], address: %[1]q}
  feed: {type: SUB, address: "tcp://127.0.0.1:1", topics: [fx., eq.]}
  hers: {type: SUB, address: "tcp://127.0.0.1:1", allow: 'user == "ann"'}
  raw: {type: DEALER, address: %[1]q}
`, echo.address())} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := startBridge(t, "--config", config)
	for user, want := range map[string][]string{
		"ann": {"/last/feed", "/last/hers", "/pub/jobs", "/push/jobs", "/req/calc", "/req/echo", "/rpc/calc/add", "/rpc/calc/sub%20tract", "/rpc/echo/{function}", "/sub/feed", "/sub/hers", "/ticket/feed", "/ticket/hers"},
		"bob": {"/last/feed", "/pub/jobs", "/push/jobs", "/req/echo", "/rpc/echo/{function}", "/sub/feed", "/ticket/feed"},
	} {
		text := b.ask(t, user, "GET", "/openapi.json", "")
		var said struct{ Paths map[string]any }
		if err := json.Unmarshal(text.body, &said); err != nil {
			t.Fatalf("%v: %s", err, text.body)
		}
		if got := slices.Sorted(maps.Keys(said.Paths)); !slices.Equal(got, want) {
			t.Errorf("%s may reach\n%q, want\n%q", user, got, want)
		}
		document, err := libopenapi.NewDocument(text.body)
		if err != nil {
			t.Fatal(err)
		}
		valid, mistakes := validator.NewValidator(document)
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		if ok, wrong := valid.ValidateDocument(); !ok {
			for _, mistake := range wrong {
				t.Errorf("%s: %v", user, mistake)
			}
		}
		for _, exchange := range []struct {
			method, path, body, kind string
			status                   int
		}{
			{"POST", "/req/echo?timeout=5s", "hello", "text/plain", 200},
			{"POST", "/req/echo?parts=json", `["a"]`, "application/json", 200},
			{"POST", "/req/echo?parts=json", `{"a":1}`, "application/json", 400},
			{"POST", "/ticket/feed", "", "", 201},
			{"GET", "/last/feed?topic=fx.&wait=50ms", "", "", 503},
			{"POST", "/push/jobs?timeout=50ms", "x", "text/plain", 503},
		} {
			a := b.ask(t, user, exchange.method, exchange.path, exchange.body, "Content-Type", exchange.kind)
			if a.resp.StatusCode != exchange.status {
				t.Errorf("%s: %s %s", exchange.path, a.resp.Status, a.body)
			}
			a.resp.Body = io.NopCloser(bytes.NewReader(a.body))
			if ok, wrong := valid.ValidateHttpRequestResponse(a.request, a.resp); !ok {
				for _, mistake := range wrong {
					t.Errorf("%s %s: %v", exchange.method, exchange.path, mistake)
				}
			}
		}
	}
	if a := b.ask(t, "nobody", "GET", "/openapi.json", ""); a.resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger gets %s", a.resp.Status)
	}
}

// asked is a request over HTTP, as it was before it was sent, and its answer.
type asked struct {
	request *http.Request
	resp    *http.Response
	body    []byte
}

func (b *bridge) ask(t *testing.T, user, method, path, body string, headers ...string) asked {
	t.Helper()
	made := func() *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer token-of-"+user)
		for i := 0; i < len(headers); i += 2 {
			if headers[i+1] != "" {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
		return r
	}
	resp, err := http.DefaultTransport.RoundTrip(made())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return asked{made(), resp, text}
}
