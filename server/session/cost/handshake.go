package cost

import (
	"context"
	"net/http"
)

// Slim is what is kept of a handshake for as long as there is a session: all that a hook may want to know, and nothing of
// what the HTTP server needs to answer it. Its context does not end with the handshake.
func Slim(r *http.Request) *http.Request {
	kept := r.WithContext(context.WithoutCancel(r.Context()))
	kept.Body, kept.GetBody, kept.Form, kept.PostForm, kept.MultipartForm, kept.Response = http.NoBody, nil, nil, nil, nil, nil
	return kept
}

// HeaderSize is what a handshake costs that is kept.
func HeaderSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		size += len(name) + headerPlace
		for _, value := range values {
			size += len(value) + headerPlace
		}
	}
	return size
}

// headerPlace is what a header costs besides its text.
const headerPlace = 48
