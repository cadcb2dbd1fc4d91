package web

import (
	"net/http"
	"time"
)

const (
	headerTime = 10 * time.Second // for the header of a request to come
	bodyTime   = time.Second      // for a body to come, which nobody asked for
	answerTime = 20 * time.Second // for a reader to take a part of an answer
	maxHeader  = 32 << 10         // bytes of a header; cookies are the most of it
)

// bounded limits what a request may cost: it has no body, and an answer ends when its reader takes nothing of it for a
// while. http.Server has deadlines for whole answers only, and a file may take long over a slow line.
//
// A request that has a session has limits of its own, and is no visitor for as long as it lasts.
func (d *Door) bounded(handler http.Handler, hasSession func(path string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if hasSession(r.URL.Path) {
			defer d.host(r.Context())()
			handler.ServeHTTP(w, r)
			return
		}
		if r.ContentLength != 0 { // also when it is not known
			control.SetReadDeadline(time.Now().Add(bodyTime)) // the server reads some of it before it closes
			w.Header().Set("Connection", "close")
		}
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		case r.ContentLength != 0:
			http.Error(w, "no request has a body here", http.StatusRequestEntityTooLarge)
		default:
			handler.ServeHTTP(&pacedWriter{w, control}, r)
		}
	})
}

// pacedWriter gives every part of an answer its own time.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Unwrap is for http.ResponseController, and for what takes the connection over.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *pacedWriter) Write(b []byte) (int, error) {
	if err := w.control.SetWriteDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(b)
}
