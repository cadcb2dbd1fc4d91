//go:build long

package e2e

import (
	"strings"
	"testing"
)

// TestWhoSharesAConnection: those who are the same user, by what they present or by what they say.
func TestWhoSharesAConnection(t *testing.T) {
	t.Parallel()
	ask := func(token string) string { return `{ shared: true, getToken: async () => ` + quoteJS(token) + ` }` }
	for name, tt := range map[string]struct {
		options []string // of the contexts of a tab each
		want    uint64   // connections
	}{
		"nobody in particular":           {[]string{`{ shared: true }`, `{ shared: true }`}, 1},
		"the same token":                 {[]string{`{ shared: true, token: 'ann' }`, `{ shared: true, token: 'ann' }`}, 1},
		"other tokens":                   {[]string{`{ shared: true, token: 'ann' }`, `{ shared: true, token: 'bob' }`, `{ shared: true }`}, 3},
		"a function gives the same":      {[]string{ask("ann"), ask("ann")}, 1},
		"a function gives another":       {[]string{ask("ann"), ask("bob")}, 2},
		"another token of the same user": {[]string{`{ shared: true, user: 'ann', token: 'ann 1' }`, `{ shared: true, user: 'ann', token: 'ann 2' }`}, 1},
		"the same token, another user":   {[]string{`{ shared: true, user: 'ann', token: 'all' }`, `{ shared: true, user: 'bob', token: 'all' }`}, 2},
		"a worker of its own":            {[]string{`{ worker: true }`, `{ worker: true }`}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			for _, options := range tt.options {
				p := h.open("")
				if got := eval[string](p, `await open(`+options+`).ready(); return ctx.status().where`); got == "page" {
					t.Errorf("it is in the page")
				}
			}
			if s := h.bridge.Stats(); s.ConnectionsTotal != tt.want {
				t.Errorf("%d connections, want %d", s.ConnectionsTotal, tt.want)
			}
		})
	}
}

// TestWhereNoWorkerCanBe: the context is in the page then, and says why; or in a worker of the page, if that is wanted and can be.
func TestWhereNoWorkerCanBe(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for name, tt := range map[string]struct{ policy, before, options, where, why string }{
		"no SharedWorker":                 {"", `delete window.SharedWorker`, `{ shared: true }`, "page", "there is no SharedWorker here"},
		"no SharedWorker, but a worker":   {"", `delete window.SharedWorker`, `{ shared: true, worker: true }`, "worker", "there is no SharedWorker here"},
		"no workers":                      {"", `delete window.SharedWorker; delete window.Worker`, `{ shared: true, worker: true }`, "page", "there is no SharedWorker here; there is no Worker here"},
		"no Web Locks":                    {"", `Object.defineProperty(navigator, 'locks', { value: undefined })`, `{ shared: true }`, "page", "Web Locks"},
		"a policy without workers":        {"worker-src 'none'", ``, `{ shared: true }`, "page", "could not be loaded"},
		"a policy without workers at all": {"worker-src 'none'", ``, `{ worker: true }`, "page", "could not be loaded"},
		"a policy with workers":           {"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'", ``, `{ shared: true }`, "shared", ""},
		"a script of another origin":      {"", ``, `{ shared: "` + newHome(t).web.URL + `/worker.mjs" }`, "page", "cannot be accessed from origin"},
		"no script":                       {"", ``, `{ shared: "/nothing.mjs" }`, "page", "dynamically imported"},
		"another script":                  {"", ``, `{ worker: "/zmq.mjs" }`, "page", "is not a function"},
		"a copy of the script":            {"", ``, `{ worker: '/worker.mjs?copy' }`, "worker", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := h.open(tt.policy)
			got := eval[[]string](p, tt.before+`; await open(`+tt.options+`).ready();
				const { where, fallback = '' } = ctx.status(); return [where, fallback]`)
			if got[0] != tt.where || !strings.Contains(got[1], tt.why) || (tt.why == "") != (got[1] == "") {
				t.Errorf("got %q, want %q", got, []string{tt.where, tt.why})
			}
		})
	}
}
