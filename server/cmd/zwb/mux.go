package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange"
)

// mux is what is where: the WebSocket, the console with the client for pages, and what machines ask about the bridge. unready is why
// nobody should come here now; "": everybody may.
func mux(s *settings.Settings, bridge *server.Bridge, unready func() string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/data", bridge)
	mux.Handle("/endpoints", bridge.Reachable())
	sockets := bridge.Sockets()
	if *s.ZMQ.HTTP {
		endpoints := bridge.HTTP()
		for _, path := range exchange.Paths() {
			mux.Handle(path, endpoints)
		}
		for _, path := range server.SocketPaths() {
			mux.Handle(path, sockets)
		}
	}
	mux.Handle("/", server.Assets(pageFiles(*s.ZMQ.Console, s.DemoAt), s.Origins))
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // a page with COEP may ask, too
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if why := unready(); why != "" {
			http.Error(w, why, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	all := http.Handler(mux)
	if *s.ZMQ.HTTP {
		all = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if server.IsPeer(r) {
				sockets.ServeHTTP(w, r)
				return
			}
			mux.ServeHTTP(w, r)
		})
	}
	prefix := strings.Trim(s.Prefix, "/")
	if prefix == "" {
		return all
	}
	outer := http.NewServeMux()                                     // because the prefix may be a path that is in there
	outer.Handle("/"+prefix+"/", http.StripPrefix("/"+prefix, all)) // and /prefix leads there
	outer.Handle("/", all)
	return outer
}

// hasSession tells whether a path is one whose requests have a session of the bridge, which bounds them.
func hasSession(s *settings.Settings) func(path string) bool {
	prefix := strings.Trim(s.Prefix, "/")
	return func(path string) bool {
		if !*s.ZMQ.HTTP {
			return false
		}
		if rest, within := strings.CutPrefix(path, "/"+prefix+"/"); within && prefix != "" {
			path = "/" + rest
		}
		return exchange.Serves(path)
	}
}
