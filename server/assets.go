package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/origin"
)

// Assets serves the console at / and, beside it, its script and its style and the client (zmq.js, zmq.mjs, zmq.wasm, …),
// from files laid out like the embedded ones: index.html and js/dist. Pages of the given origins, and of the bridge's
// own, may load them (CORS), and pages that isolate themselves (COEP) may, too.
//
// A file that is asked for with its version, as zmq.js asks for zmq.wasm (zmq.wasm?v=…), may be kept for a year without
// asking again. All others are asked for again every time, and rarely sent.
func Assets(files fs.FS, origins []string) http.Handler {
	a := &assets{files: map[string]asset{}}
	a.origins, _ = origin.New(nil, origins) // the Bridge logs what is wrong with them
	if page, err := fs.ReadFile(files, "index.html"); err == nil {
		a.add("/", contentTypeHTML, bytes.NewReader(page))
	}
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
		a.preload = `<zmq.wasm?v=` + wasm.version() + `>; rel="preload"; as="fetch"; type="application/wasm"; crossorigin="anonymous"`
	}
	return a
}

type assets struct {
	files   map[string]asset // by path, compressed forms as path.br and path.gz
	origins origin.Pages
	preload string // the header Link by which a browser fetches zmq.wasm before it has read the console
}

type asset struct {
	body body
	kind string
	hash func() string // SHA-256 of the body, in hexadecimal
}

// body is what is in a file.
type body interface {
	io.ReaderAt
	Size() int64
}

func (a *assets) add(name, kind string, b body) {
	if b == nil {
		return
	}
	hash := sync.OnceValue(func() string {
		sum := sha256.New()
		io.Copy(sum, io.NewSectionReader(b, 0, b.Size())) // a file that cannot be read has a hash that nobody will ask for
		return hex.EncodeToString(sum.Sum(nil))
	})
	a.files[name] = asset{b, kind, hash}
}

func (f asset) etag() string { return `"` + f.hash()[:24] + `"` }

// version is the beginning of the hash; js/build tells the client that of zmq.wasm.
func (f asset) version() string { return f.hash()[:16] }

// immutable tells whether a file is asked for with its version, whatever form of it is sent.
func (a *assets) immutable(r *http.Request) bool {
	f, known := a.files[r.URL.Path]
	version := r.URL.Query().Get("v")
	return known && version != "" && version == f.version()
}

// read is what is in a file, or nil. An embedded file stays where it is: it takes memory only from when it is asked for, and
// no more than once.
func read(files fs.FS, name string) body {
	file, err := files.Open(name)
	if err != nil {
		return nil
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && !onDisk(file) {
		if in, ok := file.(io.ReaderAt); ok {
			return io.NewSectionReader(in, 0, info.Size())
		}
	}
	defer file.Close()
	b, err := io.ReadAll(file)
	if err != nil {
		return nil
	}
	return bytes.NewReader(b)
}

// onDisk tells whether a file may change or go away.
func onDisk(file fs.File) bool {
	_, is := file.(*os.File)
	return is
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
	if origin := r.Header.Get("Origin"); origin != "" && a.origins.Refuse(r) == "" {
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
	h.Set("ETag", f.etag())
	if f.kind == contentTypeHTML {
		h.Set("Content-Security-Policy", "frame-ancestors 'self'")
		if a.preload != "" {
			h.Set("Link", a.preload) // Chromium heeds it with a page, and not with a script
		}
	}
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(f.body, 0, f.body.Size()))
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
