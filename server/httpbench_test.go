package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// BenchmarkHTTP compares a request over HTTP with what it takes at least: a handler that asks over a connection that it keeps, and
// knows no sessions, rules or limits.
func BenchmarkHTTP(b *testing.B) {
	backend := gateway.NewFactory(gateway.Config{})
	defer backend.Close()
	ep, err := core.ParseAddress("ipc://@zmqwebbridge-http")
	if err != nil {
		b.Fatal(err)
	}
	rep, err := backend.Rep(ep)
	if err != nil {
		b.Fatal(err)
	}
	defer rep.Release()
	stop, err := rep.Serve("", func(in *gateway.Incoming) { in.Reply(in.Message) })
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	req, err := backend.Req(ep)
	if err != nil {
		b.Fatal(err)
	}
	defer req.Release()
	bridge := New(names{"calc": {"ipc://@zmqwebbridge-http"}}.config())
	defer bridge.Close()
	for name, handler := range map[string]http.Handler{"exchange": bridge.HTTP(), "plain": asking(req)} {
		b.Run(name, func(b *testing.B) { askOften(b, handler) })
	}
}

// asking is the handler that does no more than it has to.
func asking(req *gateway.ReqGateway) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		done := make(chan core.Message, 1)
		req.Do(core.Message{body}, time.Second, func(reply core.Message, err error) { done <- reply.Clone() })
		w.Write((<-done)[0])
	})
}

func askOften(b *testing.B, handler http.Handler) {
	web := httptest.NewServer(handler)
	defer web.Close()
	b.ReportAllocs()
	for b.Loop() {
		resp, err := http.Post(web.URL+"/req/calc", "text/plain", strings.NewReader("hello"))
		if err != nil {
			b.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(text) != "hello" {
			b.Fatalf("%q, %v", text, err)
		}
	}
}
