package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// startHTTP serves the endpoints of a bridge over HTTP, for the length of a test.
func startHTTP(t *testing.T, cfg Config) (b *Bridge, url string) {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = quiet
	}
	b = New(cfg)
	web := httptest.NewServer(b.HTTP())
	t.Cleanup(web.Close)
	t.Cleanup(b.Close)
	t.Cleanup(web.CloseClientConnections)
	return b, web.URL
}

// asked is an answer of HTTP.
type asked struct {
	status int
	header http.Header
	body   string
}

// code is that of a problem; "": it is none.
func (a asked) code() string {
	var p struct{ Code string }
	if a.header.Get("Content-Type") == "application/problem+json" && json.Unmarshal([]byte(a.body), &p) == nil {
		return p.Code
	}
	return ""
}

// askHTTP asks; headers are "Name: value".
func askHTTP(t *testing.T, method, url, body string, headers ...string) asked {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return asked{resp.StatusCode, resp.Header, string(text)}
}

func TestRequestsOverHTTP(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	away := fmt.Sprint("tcp://127.0.0.1:", freePort(t))
	b, url := startHTTP(t, names{"calc": {rep.address()}, "away": {away}}.config())
	binary := "\x00\xff"
	large := strings.Repeat("x", 3<<20)
	tests := []struct {
		name, path, body string
		headers          []string
		status           int
		kind, want       string
	}{
		{"text", "/req/calc", "grüße", nil, 200, "text/plain; charset=utf-8", "grüße"},
		{"nothing", "/req/calc", "", nil, 200, "text/plain; charset=utf-8", ""},
		{"bytes", "/req/calc", binary, nil, 200, "application/octet-stream", binary},
		{"JSON", "/req/calc", "[1]", []string{"Accept: application/json"}, 200, "application/json", "[1]"},
		{"no JSON", "/req/calc", "[1", []string{"Accept: application/json"}, 200, "text/plain; charset=utf-8", "[1"},
		{"3 MiB", "/req/calc", large, nil, 200, "text/plain; charset=utf-8", large},
		{"parts", "/req/calc?parts=json", `["a","",{"base64":"AP8="}]`, nil, 200, "application/json", `["a","",{"base64":"AP8="}]`},
		{"parts that are none", "/req/calc?parts=json", `{"a":1}`, nil, 400, "", "invalid"},
		{"no part", "/req/calc?parts=json", `[]`, nil, 400, "", "invalid"},
		{"parts of a body", "/req/calc?parts=json", "--x\r\n\r\na\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n\x00\xff\r\n--x--\r\n", []string{"Content-Type: multipart/mixed; boundary=x"}, 200, "application/json", `["a",{"base64":"AP8="}]`},
		{"a body without its boundary", "/req/calc", "a", []string{"Content-Type: multipart/mixed; boundary=x"}, 400, "", "invalid"},
		{"a boundary that is not said", "/req/calc", "a", []string{"Content-Type: multipart/mixed"}, 400, "", "invalid"},
		{"a body that ends too soon", "/req/calc", "--x\r\n\r\na", []string{"Content-Type: multipart/mixed; boundary=x"}, 400, "", "invalid"},
		{"a body without parts", "/req/calc", "--x--\r\n", []string{"Content-Type: multipart/mixed; boundary=x"}, 400, "", "invalid"},
		{"too many parts", "/req/calc", strings.Repeat("--x\r\n\r\n\r\n", core.MaxParts+1) + "--x--\r\n", []string{"Content-Type: multipart/mixed; boundary=x"}, 413, "", "too_large"},
		{"idempotent", "/req/calc", "x", []string{"Zwb-Idempotent: true"}, 200, "text/plain; charset=utf-8", "x"},
		{"perhaps idempotent", "/req/calc", "x", []string{"Zwb-Idempotent: perhaps"}, 400, "", "invalid"},
		{"a backend that is away", "/req/away", "x", nil, 503, "", "unavailable"},
		{"a name that is none of the bridge's", "/req/nothing", "x", nil, 403, "", "denied"},
		{"an address", "/req/tcp:%2F%2F127.0.0.1:1", "x", nil, 400, "", "invalid"},
		{"no name", "/req/", "x", nil, 400, "", "invalid"},
		{"a misspelt parameter", "/req/calc?timout=1s", "x", nil, 400, "", "invalid"},
		{"a timeout that is none", "/req/calc?timeout=soon", "x", nil, 400, "", "invalid"},
		{"a parameter twice", "/req/calc?timeout=1s&timeout=2s", "x", nil, 400, "", "invalid"},
		{"params that are none", "/req/calc?params=1", "x", nil, 400, "", "invalid"},
		{"more than a message may be", "/req/calc", strings.Repeat("x", core.DefaultMaxMessage+1), nil, 413, "", "too_large"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := askHTTP(t, "POST", url+test.path, test.body, test.headers...)
			if got.status != test.status {
				t.Fatalf("%d %.200s, want %d", got.status, got.body, test.status)
			}
			if test.status != 200 {
				if got.code() != test.want {
					t.Errorf("%.200s, want the code %s", got.body, test.want)
				}
				return
			}
			if kind := got.header.Get("Content-Type"); kind != test.kind || got.body != test.want {
				t.Errorf("%s %.100q, want %s", kind, got.body, test.kind)
			}
		})
	}
	if s := b.Stats(); s.Connections != 0 || s.MemoryHeld != 0 {
		t.Errorf("%d sessions are left, and %d bytes are held", s.Connections, s.MemoryHeld)
	}
}

// TestPartsOfAnAnswer: who accepts multipart/mixed gets all parts, whatever is in them.
func TestPartsOfAnAnswer(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	_, url := startHTTP(t, names{"calc": {rep.address()}}.config())
	got := askHTTP(t, "POST", url+"/req/calc?parts=json", `["a", "", {"base64": "AP8="}, "\r\n--\r\n"]`, "Accept: multipart/mixed")
	if got.header.Get("Content-Type") != "application/json" {
		t.Errorf("the parameter does not go before: %s", got.header)
	}
	body := "--x\r\n\r\na\r\n--x\r\n\r\n\r\n--x\r\n\r\n\x00\xff\r\n--x--\r\n"
	got = askHTTP(t, "POST", url+"/req/calc", body, "Accept: multipart/mixed", "Content-Type: multipart/mixed; boundary=x")
	kind, parameters, err := mime.ParseMediaType(got.header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || got.header.Get("Zwb-Parts") != "3" {
		t.Fatal(got.status, got.header, err)
	}
	parts := multipart.NewReader(strings.NewReader(got.body), parameters["boundary"])
	for i, want := range []string{"a text/plain; charset=utf-8", " text/plain; charset=utf-8", "\x00\xff application/octet-stream"} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if text := string(content) + " " + part.Header.Get("Content-Type"); err != nil || text != want {
			t.Errorf("part %d is %q, %v", i, text, err)
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestRequestOverHTTPEndsInTime: by its timeout, or with its client.
func TestRequestOverHTTPEndsInTime(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	b, url := startHTTP(t, names{"slow": {held.address()}}.config())
	if got := askHTTP(t, "POST", url+"/req/slow?timeout=50ms", "x"); got.status != 504 || got.code() != "timeout" {
		t.Errorf("%d %s", got.status, got.body)
	}
	held.hear()
	held.tell("late")
	ctx, giveUp := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, "POST", url+"/req/slow", strings.NewReader("y"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := http.DefaultTransport.RoundTrip(r)
		ended <- err
	}()
	if got := held.hear(); got[0] != "y" {
		t.Fatalf("the backend hears %q", got)
	}
	giveUp()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	waitFor(t, "the session ends", func() bool { return b.Stats().Connections == 0 })
}

// TestCallsOverHTTP: the backend answers with what it was sent, so the envelope is seen.
func TestCallsOverHTTP(t *testing.T) {
	t.Parallel()
	echo, calc := startPeer(t, "rep", 0), startPeer(t, "held", 0)
	_, url := startHTTP(t, names{"echo": {echo.address()}, "calc": {calc.address()}}.config())
	for body, want := range map[string]string{
		"":                                 `{"funcname":"math.add","args":[],"kwargs":{}}`,
		`{"args":[1,2]}`:                   `{"funcname":"math.add","args":[1,2],"kwargs":{}}`,
		`{"args":[], "kwargs":{"a":true}}`: `{"funcname":"math.add","args":[],"kwargs":{"a":true}}`,
	} {
		got := make(chan asked, 1)
		go func() { got <- askHTTP(t, "POST", url+"/rpc/calc/math.add", body) }()
		if heard := calc.hear(); heard[0] != want {
			t.Errorf("%s: the backend is called with %s", body, heard[0])
		}
		calc.tell(`{"returnval":{"sum":3}}`)
		if a := <-got; a.status != 200 || a.body != `{"sum":3}` || a.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for reply, want := range map[string]string{
		`{"status":"error","error_msg":"no such function"}`: "failed",
		`hello`: "protocol",
	} {
		got := make(chan asked, 1)
		go func() { got <- askHTTP(t, "POST", url+"/rpc/calc/f", "") }()
		calc.hear()
		calc.tell(reply)
		if a := <-got; a.status != 502 || a.code() != want {
			t.Errorf("%s: %d %s", reply, a.status, a.body)
		}
	}
	for _, body := range []string{"1", "[1]", `{"args":5}`, `{"arguments":[]}`, `{"args":[1]} {}`, `{"args":[1`, `{"kwargs":[1]}`} {
		if a := askHTTP(t, "POST", url+"/rpc/echo/f", body); a.code() != "invalid" {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
}

func TestSendingOverHTTP(t *testing.T) {
	t.Parallel()
	pull, sub := startPeer(t, "peer", 0, "--type", "PULL"), startPeer(t, "peer", 0, "--type", "SUB", "")
	away := fmt.Sprint("tcp://127.0.0.1:", freePort(t))
	b, url := startHTTP(t, names{"jobs": {pull.address()}, "chat": {sub.address()}, "away": {away}}.config())
	if got := askHTTP(t, "POST", url+"/push/jobs", "a job"); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := pull.hear(); got[0] != "a job" {
		t.Errorf("the worker got %q", got)
	}
	if got := askHTTP(t, "POST", url+"/pub/chat?parts=json", `["topic","hello"]`); got.status != 202 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := sub.hear(); len(got) != 2 || got[1] != "hello" {
		t.Errorf("the subscriber got %q", got)
	}
	got := askHTTP(t, "POST", url+"/push/away?timeout=200ms", "a job")
	if got.status != 503 || got.code() != "unavailable" || got.header.Get("Retry-After") == "" {
		t.Errorf("with nobody there: %d %s %v", got.status, got.body, got.header)
	}
	waitFor(t, "nothing stays", func() bool { return b.Stats().Connections == 0 && b.Stats().MemoryHeld == 0 })
}

// TestUsersOverHTTP: who asks is found in the headers of the request, as with a WebSocket, and limits hold.
func TestUsersOverHTTP(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.config()
	cfg.MaxConnectionsPerUser = 1
	cfg.UserKey = func(user any) string { return fmt.Sprint(user) }
	cfg.Authenticate = func(_ context.Context, r *http.Request, hello []byte) (any, error) {
		switch r.Header.Get("Authorization") {
		case "Bearer alice":
			return "alice", nil
		case "Bearer mallory":
			return nil, core.NewError(core.Denied, "mallory may not")
		}
		return nil, core.NewError(core.Unauthenticated, "log in first")
	}
	_, url := startHTTP(t, cfg)
	for range 5 { // one after the other: each gives its place back
		if got := askHTTP(t, "POST", url+"/req/calc", "x", "Authorization: Bearer alice"); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	if got := askHTTP(t, "POST", url+"/req/calc", "x"); got.status != 401 || got.code() != "unauthenticated" || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("nobody: %d %s", got.status, got.body)
	}
	if got := askHTTP(t, "POST", url+"/req/calc", "x", "Authorization: Bearer mallory"); got.status != 403 || !strings.Contains(got.body, "mallory may not") {
		t.Errorf("mallory: %d %s", got.status, got.body)
	}
	if got := askHTTP(t, "POST", url+"/req/calc", "x", "Authorization: Bearer alice"); got.status != 200 {
		t.Errorf("alice again: %d %s", got.status, got.body)
	}
}

func TestMethodsOverHTTP(t *testing.T) {
	t.Parallel()
	_, url := startHTTP(t, names{}.config())
	for path, method := range map[string]string{"/req/calc": "POST", "/push/calc": "POST", "/pub/calc": "POST", "/rpc/calc/f": "POST", "/sub/calc": "GET", "/last/calc": "GET, HEAD", "/openapi.json": "GET, HEAD"} {
		for _, other := range []string{"GET", "POST", "PUT", "DELETE", "HEAD"} {
			if got := askHTTP(t, other, url+path, ""); !strings.Contains(method, other) && (got.status != 405 || got.header.Get("Allow") != method) {
				t.Errorf("%s %s: %d", other, path, got.status)
			}
		}
	}
}

// TestHeadOverHTTP: it has the headers of a GET, and no body.
func TestHeadOverHTTP(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	cfg.Gateway.LastValues = 10
	_, url := startHTTP(t, cfg)
	l := listen(t, url+"/sub/feed?as=text")
	pub.write([]string{"fx.EURUSD", "1.1"})
	l.wants("data: 1.1")
	for _, path := range []string{"/last/feed?topic=fx.", "/last/feed?topic=fx.&parts=json", "/last/nothing", "/last/feed?topic=fx.&misspelt=1", "/openapi.json"} {
		get, head := askHTTP(t, "GET", url+path, ""), askHTTP(t, "HEAD", url+path, "")
		get.header.Del("Date")
		head.header.Del("Date")
		if head.status != get.status || head.body != "" || !maps.EqualFunc(head.header, get.header, slices.Equal[[]string]) {
			t.Errorf("%s: %d %v\nof a GET: %d %v", path, head.status, head.header, get.status, get.header)
		}
	}
}

// TestRequestsOfOtherSites: a page of another site has a browser ask whatever it likes, and the browser adds the user's cookies.
func TestRequestsOfOtherSites(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.config()
	cfg.Origins, cfg.Hosts = []string{"https://app.example.org"}, []string{"bridge.example.org"}
	_, url := startHTTP(t, cfg)
	all := cfg
	all.Origins = []string{"*"}
	_, open := startHTTP(t, all)
	cookie := "Cookie: session=1"
	tests := []struct {
		name    string
		url     string
		headers []string
		allowed bool
	}{
		{"a script", url, nil, true},
		{"a script with a cookie", url, []string{cookie}, false},
		{"a page that may", url, []string{"Origin: https://app.example.org", cookie}, true},
		{"a page that may not", url, []string{"Origin: https://evil.example"}, false},
		{"a page of nobody", url, []string{"Origin: null"}, false},
		{"its own page", url, []string{"Origin: " + url, cookie}, true},
		{"its own page, as browsers say it in a GET", url, []string{"Sec-Fetch-Site: same-origin", cookie}, true},
		{"the address bar", url, []string{"Sec-Fetch-Site: none", cookie}, true},
		{"an image of another site", url, []string{"Sec-Fetch-Site: cross-site"}, false},
		{"an image of a sister", url, []string{"Sec-Fetch-Site: same-site", cookie}, false},
		{"two origins", url, []string{"Origin: https://app.example.org", "Origin: https://evil.example"}, false},
		{"a name that was pointed here", url, []string{"Host: evil.example", "Sec-Fetch-Site: same-origin"}, false},
		{"the same, of its own origin", url, []string{"Host: evil.example", "Origin: http://evil.example"}, false},
		{"the bridge's own name", url, []string{"Host: bridge.example.org"}, true},
		{"the name of a site that may", url, []string{"Host: app.example.org"}, true},
		{"where all may", open, []string{"Origin: https://any.example"}, true},
		{"where all may, with a cookie", open, []string{"Origin: https://any.example", cookie}, false},
		{"where all may, with a password", open, []string{"Origin: https://any.example", "Authorization: Basic YTpi"}, false},
		{"a script with a password", url, []string{"Authorization: Basic YTpi"}, true},
		{"where all may, its own page", open, []string{"Origin: " + open, cookie}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := askHTTP(t, "POST", test.url+"/req/calc", "x", test.headers...)
			if allowed := got.status == 200; allowed != test.allowed || !allowed && got.code() != "denied" {
				t.Errorf("%d %s", got.status, got.body)
			}
			foreign := strings.Contains(fmt.Sprint(test.headers), "evil") || strings.Contains(fmt.Sprint(test.headers), "null")
			if got.header.Get("Access-Control-Allow-Origin") != "" && foreign {
				t.Errorf("it may read the answer: %v", got.header)
			}
		})
	}
	pre := []string{"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"}
	may := askHTTP(t, "OPTIONS", url+"/req/calc", "", append(pre, "Origin: https://app.example.org")...)
	if may.status != 204 || may.header.Get("Access-Control-Allow-Origin") != "https://app.example.org" || !strings.Contains(may.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("asked before: %d %v", may.status, may.header)
	}
	if not := askHTTP(t, "OPTIONS", url+"/req/calc", "", append(pre, "Origin: https://evil.example")...); not.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("asked before by another: %v", not.header)
	}
}

// TestBodyOfWhoMayNot: it is not waited for.
func TestBodyOfWhoMayNot(t *testing.T) {
	t.Parallel()
	_, url := startHTTP(t, names{}.config())
	body, feed := io.Pipe()
	defer feed.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/req/calc", io.MultiReader(bytes.NewReader(make([]byte, 1<<10)), body))
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 403 || time.Since(begun) > patience/2 {
		t.Errorf("%s after %v", resp.Status, time.Since(begun))
	}
}
