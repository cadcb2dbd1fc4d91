package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// nothing is what there is before anything was built.
var nothing = fstest.MapFS{"index.html": {Data: []byte("<html>")}}

func TestAssets(t *testing.T) {
	built := fstest.MapFS{
		"index.html":          {Data: []byte("<html>")},
		"js/dist/zmq.js":      {Data: []byte("raw")},
		"js/dist/zmq.js.br":   {Data: []byte("brotli")},
		"js/dist/zmq.js.gz":   {Data: []byte("gzip")},
		"js/dist/zmq.wasm":    {Data: []byte("\x00asm")},
		"js/dist/console.js":  {Data: []byte("console")},
		"js/dist/console.css": {Data: []byte("style")},
		"js/dist/README.md":   {Data: []byte("not for pages")},
		"js/dist/zmq.wasm.gz": {Data: []byte("wasm gzip")},
	}
	tests := []struct {
		name   string
		path   string
		header http.Header
		status int
		body   string
		want   map[string]string
	}{
		{"console", "/", nil, 200, "<html>", map[string]string{"Content-Type": "text/html; charset=utf-8", "Access-Control-Allow-Origin": "", "Cross-Origin-Resource-Policy": "cross-origin"}},
		{"script", "/zmq.js", nil, 200, "raw", map[string]string{"Cross-Origin-Resource-Policy": "cross-origin", "Content-Type": "text/javascript; charset=utf-8", "Content-Encoding": ""}},
		{"console's script", "/console.js", nil, 200, "console", map[string]string{"Content-Type": "text/javascript; charset=utf-8"}},
		{"console's style", "/console.css", nil, 200, "style", map[string]string{"Content-Type": "text/css; charset=utf-8", "X-Content-Type-Options": "nosniff"}},
		{"brotli first", "/zmq.js", http.Header{"Accept-Encoding": {"gzip, deflate, br"}}, 200, "brotli", map[string]string{"Content-Encoding": "br"}},
		{"gzip", "/zmq.js", http.Header{"Accept-Encoding": {"gzip"}}, 200, "gzip", map[string]string{"Content-Encoding": "gzip"}},
		{"wasm", "/zmq.wasm", http.Header{"Accept-Encoding": {"br, gzip"}}, 200, "wasm gzip", map[string]string{"Content-Type": "application/wasm", "Content-Encoding": "gzip"}},
		{"allowed origin", "/zmq.wasm", http.Header{"Origin": {"https://a.example.org"}}, 200, "\x00asm", map[string]string{"Access-Control-Allow-Origin": "https://a.example.org"}},
		{"foreign origin", "/zmq.wasm", http.Header{"Origin": {"https://evil.example.com"}}, 200, "\x00asm", map[string]string{"Access-Control-Allow-Origin": ""}},
		{"not for pages", "/README.md", nil, 404, "404 page not found\n", nil},
		{"outside", "/../go.mod", nil, 404, "404 page not found\n", nil},
	}
	h := Assets(built, []string{"https://a.example.org"})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.URL.Path = test.path
			if test.header != nil {
				r.Header = test.header
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != test.status || w.Body.String() != test.body {
				t.Errorf("%d %q", w.Code, w.Body)
			}
			for key, want := range test.want {
				if got := w.Header().Get(key); got != want {
					t.Errorf("%s: %q, want %q", key, got, want)
				}
			}
		})
	}
}

// TestVersionedAssets checks that what is asked for with its version may be kept, in any form, and nothing else.
func TestVersionedAssets(t *testing.T) {
	built := fstest.MapFS{
		"index.html":          {Data: []byte("<html>")},
		"js/dist/zmq.js":      {Data: []byte("raw")},
		"js/dist/zmq.wasm":    {Data: []byte("\x00asm")},
		"js/dist/zmq.wasm.br": {Data: []byte("wasm brotli")},
	}
	const version = "cd5d4935a48c0672" // of "\x00asm": sha256sum | head -c 16
	const kept, asked = "public, max-age=31536000, immutable", "no-cache"
	tests := []struct {
		url, encodings string
		cache          string
		preload        bool
	}{
		{"/zmq.wasm?v=" + version, "", kept, false},
		{"/zmq.wasm?v=" + version, "gzip, br", kept, false},
		{"/zmq.wasm?v=0123456789abcdef", "br", asked, false},
		{"/zmq.wasm?v=", "", asked, false},
		{"/zmq.wasm", "br", asked, false},
		{"/zmq.js?v=" + version, "", asked, false},
		{"/zmq.js", "", asked, false},
		{"/", "", asked, true},
	}
	h := Assets(built, nil)
	for _, test := range tests {
		t.Run(test.url+" "+test.encodings, func(t *testing.T) {
			r := httptest.NewRequest("GET", test.url, nil)
			r.Header.Set("Accept-Encoding", test.encodings)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := w.Header().Get("Cache-Control"); w.Code != 200 || got != test.cache {
				t.Errorf("%d, Cache-Control: %s, want %s", w.Code, got, test.cache)
			}
			if link := w.Header().Get("Link"); strings.Contains(link, "<zmq.wasm?v="+version+">") != test.preload {
				t.Errorf("Link: %s", link)
			}
		})
	}
}

func TestAssetsAreNotSentTwice(t *testing.T) {
	h := Assets(nothing, nil)
	first := httptest.NewRecorder()
	h.ServeHTTP(first, httptest.NewRequest("GET", "/", nil))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", first.Header().Get("ETag"))
	second := httptest.NewRecorder()
	h.ServeHTTP(second, r)
	if second.Code != http.StatusNotModified {
		t.Errorf("status %d", second.Code)
	}
}

func TestAssetsThatWereNotBuiltSaySo(t *testing.T) {
	const unbuilt, unknown = "this binary was built without the page's client; run `make build`\n", "404 page not found\n"
	client := fstest.MapFS{"js/dist/zmq.js": {Data: []byte("raw")}}
	tests := []struct {
		name  string
		files fstest.MapFS
		path  string
		body  string
	}{
		{"client of nothing", nothing, "/zmq.js", unbuilt},
		{"module of nothing", nothing, "/zmq.mjs", unbuilt},
		{"console of nothing", nothing, "/console.js", unbuilt},
		{"style of nothing", nothing, "/console.css", unbuilt},
		{"console of a client alone", client, "/console.js", unbuilt},
		{"style of a client alone", client, "/console.css", unbuilt},
		{"no file of a client", client, "/zmq.map", unknown},
		{"no file of the console", nothing, "/console.html", unknown},
		{"no file of either", nothing, "/other.js", unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			Assets(test.files, nil).ServeHTTP(w, httptest.NewRequest("GET", test.path, nil))
			if w.Code != http.StatusNotFound || w.Body.String() != test.body {
				t.Errorf("%d %q, want %q", w.Code, w.Body, test.body)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	b := New(Config{Log: quiet})
	defer b.Close()
	files := Assets(nothing, nil)
	for _, test := range []struct {
		handler http.Handler
		method  string
		want    int
	}{
		{b, "GET", http.StatusUpgradeRequired},
		{b, "HEAD", http.StatusMethodNotAllowed},
		{b, "POST", http.StatusMethodNotAllowed},
		{b, "OPTIONS", http.StatusMethodNotAllowed},
		{files, "GET", http.StatusOK},
		{files, "HEAD", http.StatusOK},
		{files, "POST", http.StatusMethodNotAllowed},
		{files, "DELETE", http.StatusMethodNotAllowed},
	} {
		w := httptest.NewRecorder()
		test.handler.ServeHTTP(w, httptest.NewRequest(test.method, "/", nil))
		if w.Code != test.want {
			t.Errorf("%s: %d, want %d", test.method, w.Code, test.want)
		}
		if w.Code == http.StatusMethodNotAllowed && w.Header().Get("Allow") == "" {
			t.Errorf("%s: it does not say what is allowed", test.method)
		}
	}
}
