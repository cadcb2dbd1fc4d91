package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// mux is what is where: the WebSocket, the console with the client for pages, and what machines ask about the bridge.
func mux(s *settings.Settings, bridge *server.Bridge, draining *atomic.Bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/data", bridge)
	mux.Handle("/endpoints", bridge.Reachable())
	mux.Handle("/", server.Assets(pageFiles(*s.ZMQ.Console, s.DemoAt), s.Origins))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // a page with COEP may ask, too
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if draining.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	if prefix := strings.Trim(s.Prefix, "/"); prefix != "" {
		mux.Handle("/"+prefix+"/", http.StripPrefix("/"+prefix, mux)) // and /prefix leads there
	}
	return mux
}
