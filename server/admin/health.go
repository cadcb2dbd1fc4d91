package admin

import (
	"fmt"
	"net/http"
	"net/http/pprof"
)

// health is what machines ask before they send somebody here.
func (a *admin) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", a.ready)
}

// ready tells whether clients should come here: a word, and then a line for each thing that is not as it should be. A backend that
// is away is no reason to send clients elsewhere, so it is only mentioned.
func (a *admin) ready(w http.ResponseWriter, _ *http.Request) {
	var troubles, notes []string
	if a.Bridge.Draining() {
		troubles = append(troubles, "the bridge is shutting down")
	}
	if a.Troubles != nil {
		troubles = append(troubles, a.Troubles()...)
	}
	if !a.judges() {
		troubles = append(troubles, notJudging)
	}
	if a.Notes != nil {
		notes = a.Notes()
	}
	if a.Cluster != nil && a.Cluster.trouble() != "" {
		notes = append(notes, a.Cluster.trouble())
	}
	for _, e := range a.Bridge.Endpoints() {
		if e.Backends > 0 && e.Up == 0 {
			notes = append(notes, "nobody is there at the endpoint "+e.Name)
		}
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if len(troubles) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "not ready")
	} else {
		fmt.Fprintln(w, "ready")
	}
	for _, text := range troubles {
		fmt.Fprintln(w, "because", text)
	}
	for _, text := range notes {
		fmt.Fprintln(w, "note:", text)
	}
}

// profiles is net/http/pprof.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
