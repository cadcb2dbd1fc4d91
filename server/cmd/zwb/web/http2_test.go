package web

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestRequestsOfHTTP2: a connection is no visitor while it has a request with a session, of which there may be several, and is one
// again after the last; when it ends, nothing of it is left.
func TestRequestsOfHTTP2(t *testing.T) {
	certificate := httptest.NewTLSServer(nil)
	certificate.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := NewDoor(10, slog.New(slog.DiscardHandler))
	defer door.Close()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Error(r.Proto)
		}
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	site := NewServer(handler, func(string) bool { return true }, door, slog.New(slog.DiscardHandler))
	defer site.Close()
	go site.Serve(Secured(door.Guard(listener), true, func(*tls.ClientHelloInfo) (*tls.Certificate, error) { // until Close
		return &certificate.TLS.Certificates[0], nil
	}))
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, MaxConnsPerHost: 1}
	begin := func() (end context.CancelFunc) {
		t.Helper()
		ctx, end := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", "https://"+listener.Addr().String()+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		go io.Copy(io.Discard, resp.Body) // until its end
		return end
	}
	await := func(what string, visitors, hosted int) {
		t.Helper()
		for due := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			door.mu.Lock()
			v, h := door.visitors.Len(), 0
			for _, n := range door.hosted {
				h += n
			}
			door.mu.Unlock()
			if v == visitors && h == hosted {
				return
			}
			if time.Now().After(due) {
				t.Fatalf("%s: %d visitors, %d requests with sessions", what, v, h)
			}
		}
	}
	first, second := begin(), begin()
	await("two requests", 0, 2)
	first()
	await("one is over", 0, 1)
	second()
	await("both are over", 1, 0)
	defer begin()()
	defer begin()()
	await("two requests", 0, 2)
	site.Close()
	await("the connection has ended", 0, 0)
}
