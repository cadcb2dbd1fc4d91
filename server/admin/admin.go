package admin

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/audit"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/revoked"
)

// Config is what an admin handler is about. Only Bridge has to be set.
type Config struct {
	Bridge *server.Bridge

	// Token is what a request has to have, see NewToken. Without one nothing that needs a token is to be had.
	Token string

	// Hosts are the names that may stand in the Host of a request, besides localhost and IP addresses. Nil: there are none.
	Hosts func() []string

	// Policy is the present policy, to explain its decisions: policy.Live.Policy. Nil: there is nothing to explain.
	Policy func() *policy.Policy

	// Decisions are what the page shows of what was decided. Nil: nothing.
	Decisions *audit.Log

	// Troubles are why the bridge is not ready, one sentence each, besides what it says itself. Nil: there are none.
	Troubles func() []string

	// Notes are shown by /readyz, and change nothing about it, such as that the last file with a configuration was not taken. Nil:
	// there are none.
	Notes func() []string

	// Reloads is how many configurations were taken since the start, and how many were not. Nil: none was tried.
	Reloads func() (taken, refused uint64)

	// Reload reads the configuration anew, and has the bridge go by it. The error is a config.Mistakes where that is wrong, and
	// nothing has changed then. It goes on when the context ends. Nil: there is nothing to read.
	Reload func(context.Context) (Reloaded, error)

	// Revoked is who is not let in, for which the bridge's Authenticate and Recheck ask it. Nil, or a nil list: nobody can be revoked.
	Revoked func() *revoked.List

	// Decided is told what is done for other bridges of the cluster: the audit. Nil: nobody wants to know.
	Decided func(access.Decision)

	// Cluster is what the bridge has of the cluster that it belongs to. Nil: it is alone.
	Cluster *Cluster

	Log *slog.Logger // default slog.Default()
}

// revoked is the list of the moment; nil: there is none.
func (c *Config) revoked() *revoked.List {
	if c.Revoked == nil {
		return nil
	}
	return c.Revoked()
}

type admin struct {
	Config
	fence fence
}

// New makes the handler. It is for the root of a listener, or behind http.StripPrefix.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Hosts == nil {
		c.Hosts = func() []string { return nil }
	}
	a := &admin{Config: c, fence: newFence(c.Token, c.Hosts)}
	mux := http.NewServeMux()
	a.health(mux)
	a.page(mux)
	mux.Handle("GET /metrics", a.metrics())
	mux.Handle("/debug/pprof/", a.withToken(profiles()))
	mux.Handle("/api/", a.withToken(a.api()))
	return a.guarded(mux)
}

func (a *admin) api() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/stats", a.stats)
	mux.HandleFunc("GET /api/endpoints", a.endpoints)
	mux.HandleFunc("GET /api/sessions", a.sessions)
	mux.HandleFunc("GET /api/users", a.users)
	mux.HandleFunc("GET /api/sessions/{id}", a.session)
	mux.HandleFunc("GET /api/cluster", a.cluster)
	mux.HandleFunc("GET /api/decisions", a.decisions)
	mux.HandleFunc("POST /api/sessions/{id}/disconnect", a.disconnect)
	mux.HandleFunc("POST /api/users/{user}/disconnect", a.disconnect)
	mux.HandleFunc("POST /api/explain", a.explain)
	mux.HandleFunc("POST /api/reload", a.reload)
	mux.HandleFunc("GET /api/revocations", a.revocations)
	mux.HandleFunc("POST /api/revocations", a.revoke)
	mux.HandleFunc("POST /api/revocations/lift", a.lift)
	return mux
}
