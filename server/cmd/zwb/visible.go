package main

import (
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/live"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// visible is what clients see of a bridge: its pages, its WebSocket, and who may come, by the settings of the moment.
type visible struct {
	bridge *server.Bridge
	now    *live.Live
	log    *slog.Logger
	lines  *live.LogHandler
	seen   *overseer
	listen []string // where it has listened from the start
	admin  string   // where that is; empty: there is none
	files  uint64   // descriptors that there are

	site     atomic.Pointer[http.Handler]
	sessions atomic.Pointer[func(path string) bool] // tells whether requests at a path have sessions
	said     atomic.Pointer[config.Strings]         // names under which browsers reach it
	draining atomic.Bool
}

func (v *visible) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*v.site.Load()).ServeHTTP(w, r) }

func (v *visible) hasSession(path string) bool { return (*v.sessions.Load())(path) }

// adminHosts are the names under which browsers reach the admin listener.
func (v *visible) adminHosts() []string { return hosts(*v.said.Load(), append(v.listen, v.admin)) }

// present has the pages, and who stands before them, be as the settings say.
func (v *visible) present(s *settings.Settings) {
	v.said.Store(&s.Hosts)
	site := server.Forwarded(s.Proxies, nil, v.now.Handler(mux(s, v.bridge, v.unready)))
	sessions := hasSession(s)
	v.sessions.Store(&sessions)
	v.site.Store(&site)
}

// unready is why clients should go to another bridge; "": they need not.
func (v *visible) unready() string {
	switch {
	case v.draining.Load():
		return "shutting down"
	case !v.now.Judges():
		return "who is revoked in the cluster is not known yet"
	}
	return ""
}

// prepare is for settings that are about to be reloaded.
func (v *visible) prepare(s *settings.Settings) (adopt func(), err error) {
	write, err := v.seen.prepareAudit(s)
	if err != nil {
		return nil, err
	}
	return func() {
		write()
		v.adopt(s)
	}, nil
}

func (v *visible) adopt(s *settings.Settings) {
	v.lines.Adopt(s)
	limitHeap(s)
	v.present(s)
	v.bridge.Reconfigure(join(s, v.listen, v.now, shareFiles(s, v.files, v.log), v.log))
	v.bridge.KeepHistories(durableNames(s)...)
}
