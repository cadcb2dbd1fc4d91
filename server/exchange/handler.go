package exchange

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/ticket"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// Host is the bridge in which sessions run.
type Host interface {
	// Refuse says why a request is not answered; nil: its session may begin, and its credentials decide. Who asks is who has made
	// asker: the request itself, or the one that its ticket was made with, in which case the page that it comes from, and what the
	// browser has added, mean nothing.
	Refuse(r, asker *http.Request) error

	// Vouch says who it is that asks for a ticket for an endpoint, for whom it counts; what is to be kept of the request, and what that
	// takes. An error says why that is nobody, or nobody who may subscribe there.
	Vouch(r *http.Request, endpoint string, params []byte) (owner string, kept *http.Request, bytes int, err error)

	// Read is told how large the body of a request was.
	Read(r *http.Request, bytes int)

	// Reachable is which endpoints whoever asks may open. An error says why that is nobody who may know.
	Reachable(r *http.Request) ([]access.Reachable, error)

	// Reader is the origin whose pages may read the answer; "": there is none, or the request names none. trusted says that it may be
	// an answer to what the browser adds by itself: a cookie, a password.
	Reader(r *http.Request) (origin string, trusted bool)

	// Serve runs a session over conn, for whoever the headers of a request say, until it has ended.
	Serve(conn *Conn, asker *http.Request)
}

// Config of a Handler; the zero value works.
type Config struct {
	RequestTimeout time.Duration // of requests that name none; default 30 s
	MaxMessage     func() int    // payload bytes of one message, at the moment; default core.DefaultMaxMessage
	Heartbeat      time.Duration // of a stream on which nothing happens; default 15 s
	Tickets        *ticket.Book  // nil: there are none
	Version        string        // of the bridge, for its description
}

// How long a part of a request and of an answer may take to be sent.
const (
	bodyTime  = 20 * time.Second
	writeTime = 20 * time.Second
)

// sendTime is how long a message may take to find a place at the backend, where the request does not say.
const sendTime = 5 * time.Second

// Handler serves the endpoints.
type Handler struct {
	host Host
	cfg  Config
}

// New makes a Handler.
func New(host Host, cfg Config) *Handler {
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = 30 * time.Second
	}
	if cfg.MaxMessage == nil {
		cfg.MaxMessage = func() int { return core.DefaultMaxMessage }
	}
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	return &Handler{host, cfg}
}

// operation is what is done at an endpoint.
type operation struct {
	methods []string
	serve   func(h *Handler, w http.ResponseWriter, r *http.Request, to target) error
	takes   []string // parameters
}

// What is read at once is read with HEAD, too, which has the same headers; of a stream they say nothing that is worth to begin it.
var (
	posts    = []string{http.MethodPost}
	gets     = []string{http.MethodGet, http.MethodHead}
	onlyGets = []string{http.MethodGet}
)

// operations by the first segment of the path.
var operations = map[string]operation{
	"req":  {posts, (*Handler).request, []string{"timeout", "parts", "params", "address"}},
	"push": {posts, (*Handler).push, []string{"timeout", "parts", "params", "address"}},
	"pub":  {posts, (*Handler).publish, []string{"timeout", "parts", "params", "address"}},
	"rpc":  {posts, (*Handler).call, []string{"timeout", "params", "address"}},
	"last": {gets, (*Handler).last, []string{"topic", "wait", "parts", "params", "ticket", "address"}},
	"sub":  {onlyGets, (*Handler).subscribe, []string{"topic", "since", "as", "overflow", "rate", "params", "ticket", "address"}},

	"ticket": {posts, (*Handler).ticket, []string{"params", "address"}},
}

// Paths are the patterns of what a Handler serves, for an http.ServeMux.
func Paths() (patterns []string) {
	patterns = append(patterns, describedAt)
	for name := range operations {
		patterns = append(patterns, "/"+name+"/", "/"+name)
	}
	return patterns
}

// Serves tells whether a path is one of them.
func Serves(path string) bool {
	if path == describedAt {
		return true
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	_, known := operations[first]
	return known && strings.HasPrefix(path, "/")
}

// ServeHTTP is part of http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Add("Vary", "Origin")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff") // what a backend says is never run as a script or shown as a page
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	if origin, trusted := h.host.Reader(r); origin != "" {
		header.Set("Access-Control-Allow-Origin", origin)
		if trusted {
			header.Set("Access-Control-Allow-Credentials", "true")
		}
		header.Set("Access-Control-Expose-Headers", "ETag, Retry-After, Zwb-Parts")
	}
	err := h.serve(w, r)
	if err == nil {
		return
	}
	if r.ContentLength != 0 && r.ProtoMajor == 1 { // with HTTP/2 the body is a matter of this request alone
		header.Set("Connection", "close")                                          // what of the body was not read is not waited for
		http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Second)) // an http.Server reads some of it before it closes
	}
	Fail(w, err)
}

// serve answers a request, or returns why not, before anything of an answer was written.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	op, to, err := parseTarget(r.URL.Path)
	if err != nil {
		return err
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		return h.preflight(w, r, op)
	}
	if !slices.Contains(op.methods, r.Method) {
		w.Header().Set("Allow", strings.Join(op.methods, ", "))
		failAs(w, http.StatusMethodNotAllowed, core.NewError(core.Invalid, "the method is "+strings.Join(op.methods, " or ")))
		return nil
	}
	if to.query, err = words.ParseQuery(r.URL.RawQuery, op.takes); err != nil {
		return err
	}
	if r.URL.Path != describedAt {
		if to.endpoint, err = words.EndpointOf(to.endpoint, to.query); err != nil {
			return err
		}
	}
	asker, stale := h.asker(r, to)
	if err := h.host.Refuse(r, asker); err != nil {
		return err
	}
	if stale != nil {
		return stale
	}
	to.asker = asker
	if asker != r {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // a page that has the ticket may show it
	}
	if to.params, err = to.query.Params(); err != nil {
		return err
	}
	if r.ContentLength == 0 { // nothing more is to come in time
		http.NewResponseController(w).SetReadDeadline(time.Time{})
	}
	return op.serve(h, w, r, to)
}

// preflight tells a browser what a page may send (https://fetch.spec.whatwg.org/#cors-preflight-request). It tells pages that may
// send nothing the same, but not that they may read it, which is what counts.
func (h *Handler) preflight(w http.ResponseWriter, r *http.Request, op operation) error {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", strings.Join(op.methods, ", "))
	header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Last-Event-ID, Zwb-Idempotent")
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func setWriteDeadline(control *http.ResponseController) {
	control.SetWriteDeadline(time.Now().Add(writeTime)) // where that cannot be set, the server has deadlines of its own
}
