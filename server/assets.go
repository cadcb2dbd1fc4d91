package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Assets serves the console at / and, beside it, its script and its style and the client (zmq.js, zmq.mjs, zmq.wasm, …),
// from files laid out like the embedded ones: index.html and js/dist. Pages of the given origins, and of the bridge's
// own, may load them (CORS), and pages that isolate themselves (COEP) may, too.
//
// A file that is asked for with its version, as zmq.js asks for zmq.wasm (zmq.wasm?v=…), may be kept for a year without
// asking again. All others are asked for again every time, and rarely sent.
func Assets(files fs.FS, origins []string) http.Handler {
	a := &assets{files: map[string]asset{}}
	a.origins, _ = newOrigins(nil, origins) // the Bridge logs what is wrong with them
	a.add("/", contentTypeHTML, read(files, "index.html"))
	names, err := fs.Glob(files, "js/dist/*")
	if err != nil {
		return a // only a malformed pattern gets here
	}
	for _, name := range names {
		if kind := contentType(name); kind != "" {
			a.add("/"+path.Base(name), kind, read(files, name))
		}
	}
	if wasm, built := a.files["/zmq.wasm"]; built {
		a.preload = `<zmq.wasm?v=` + wasm.version + `>; rel="preload"; as="fetch"; type="application/wasm"; crossorigin="anonymous"`
	}
	return a
}

type assets struct {
	files   map[string]asset // by path, compressed forms as path.br and path.gz
	origins origins
	preload string // the header Link by which a browser fetches zmq.wasm before it has read the console
}

type asset struct {
	body    []byte
	kind    string
	etag    string
	version string // the beginning of the hash; js/build tells the client that of zmq.wasm
}

func (a *assets) add(name, kind string, body []byte) {
	if body == nil {
		return
	}
	sum := sha256.Sum256(body)
	a.files[name] = asset{body, kind, `"` + hex.EncodeToString(sum[:12]) + `"`, hex.EncodeToString(sum[:8])}
}

// immutable tells whether a file is asked for with its version, whatever form of it is sent.
func (a *assets) immutable(r *http.Request) bool {
	return a.files[r.URL.Path].version != "" && r.URL.Query().Get("v") == a.files[r.URL.Path].version
}

func read(files fs.FS, name string) []byte {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return nil
	}
	return b
}

// contentType by name; compressed forms have the type of what is in them. Unlisted files are not served.
func contentType(name string) string {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".br"), ".gz")
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".map":
		return "application/json"
	case ".ts":
		return "text/plain; charset=utf-8"
	}
	return ""
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, "GET, HEAD")
		return
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	h.Add("Vary", "Accept-Encoding")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin") // the files are no secret; the bridge checks who connects
	if origin := r.Header.Get("Origin"); origin != "" && a.origins.refuse(r) == "" {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	f, encoding, found := a.find(r)
	if !found {
		a.missing(w, r)
		return
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache") // always asked for, rarely sent again: the ETag decides
	if a.immutable(r) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("ETag", f.etag)
	if f.kind == contentTypeHTML {
		h.Set("Content-Security-Policy", "frame-ancestors 'self'")
		if a.preload != "" {
			h.Set("Link", a.preload) // Chromium heeds it with a page, and not with a script
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
}

const contentTypeHTML = "text/html; charset=utf-8"

// find picks the smallest form the client takes.
func (a *assets) find(r *http.Request) (f asset, encoding string, found bool) {
	name := r.URL.Path
	if name == "/index.html" {
		name = "/"
	}
	if hasToken(r.Header, "Accept-Encoding", "br") {
		if f, found = a.files[name+".br"]; found {
			return f, "br", true
		}
	}
	if hasToken(r.Header, "Accept-Encoding", "gzip") {
		if f, found = a.files[name+".gz"]; found {
			return f, "gzip", true
		}
	}
	f, found = a.files[name]
	return f, "", found
}

func (a *assets) missing(w http.ResponseWriter, r *http.Request) {
	if a.unbuilt(r.URL.Path) {
		http.Error(w, "this binary was built without the page's client; run `make build`", http.StatusNotFound)
		return
	}
	http.NotFound(w, r)
}

// unbuilt tells whether a file that is not there would be if the client and the console had been built.
func (a *assets) unbuilt(name string) bool {
	if name == "/console.js" || name == "/console.css" {
		return true
	}
	_, client := a.files["/zmq.js"]
	return !client && strings.HasPrefix(name, "/zmq.")
}
