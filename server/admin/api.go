package admin

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// answer writes a value as JSON.
func answer(w http.ResponseWriter, value any) { answerWith(w, http.StatusOK, value) }

func answerWith(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value) // an error is that of a client that has gone
}

// read reads a body of JSON, if there is one, and answers what is wrong with it.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if r.ContentLength == 0 {
		return true
	}
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func (a *admin) stats(w http.ResponseWriter, _ *http.Request) {
	answer(w, struct {
		Version string `json:"version"`
		server.Stats
		Draining bool           `json:"draining"`
		Types    map[string]int `json:"sockets_by_type"`
		Explains bool           `json:"explains"` // there is a policy that can be asked
		Revokes  bool           `json:"revokes"`  // there are users, who can be revoked
		Cluster  bool           `json:"cluster"`  // there may be other bridges
	}{server.Version, a.Bridge.Stats(), a.Bridge.Draining(), a.Bridge.SocketsByType(), a.Policy != nil, a.revoked() != nil, a.Cluster != nil})
}

func (a *admin) endpoints(w http.ResponseWriter, _ *http.Request) {
	endpoints := a.Bridge.Endpoints()
	if endpoints == nil {
		endpoints = []server.Endpoint{}
	}
	answer(w, struct {
		Endpoints []server.Endpoint `json:"endpoints"`
	}{endpoints})
}

// sessions has a page of them. Its parameters are user, endpoint, after (an ID) and most.
func (a *admin) sessions(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	f := server.SessionFilter{User: query.Get("user"), Endpoint: query.Get("endpoint"), After: query.Get("after")}
	if text := query.Get("most"); text != "" {
		most, err := strconv.Atoi(text)
		if err != nil || most < 1 {
			http.Error(w, "most is a number, of at least 1", http.StatusBadRequest)
			return
		}
		f.Most = most
	}
	page, more := a.Bridge.Sessions(f)
	if page == nil {
		page = []server.Session{}
	}
	answer(w, struct {
		Sessions []server.Session `json:"sessions"`
		More     bool             `json:"more"` // ask again with after: the last ID
	}{page, more})
}

// session has one of them, with what was decided about it lately.
func (a *admin) session(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	found, _ := a.Bridge.Sessions(server.SessionFilter{ID: id, Most: 1})
	if len(found) == 0 {
		http.Error(w, "there is no such session", http.StatusNotFound)
		return
	}
	answer(w, struct {
		server.Session
		Decisions []access.Decision `json:"decisions"`
	}{found[0], a.last(32, func(d access.Decision) bool { return d.Session == id })})
}

// mostUsers is how many users are listed.
const mostUsers = 100

// users has those for whom the most is held.
func (a *admin) users(w http.ResponseWriter, r *http.Request) {
	answer(w, struct {
		Users []server.Holder `json:"users"`
	}{a.Bridge.Holders(mostUsers)})
}

// decisions has the last ones of all.
func (a *admin) decisions(w http.ResponseWriter, r *http.Request) {
	var want func(access.Decision) bool
	if r.URL.Query().Get("denied") != "" {
		want = func(d access.Decision) bool { return !d.Allowed }
	}
	answer(w, struct {
		Decisions []access.Decision `json:"decisions"`
	}{a.last(100, want)})
}

func (a *admin) last(most int, want func(access.Decision) bool) []access.Decision {
	if a.Decisions == nil {
		return []access.Decision{}
	}
	return a.Decisions.Last(most, want)
}

// what a filter of disconnect means.
func what(f server.SessionFilter) string {
	if f.ID != "" {
		return "session " + f.ID
	}
	return "user " + f.User
}

// did notes what somebody with the token has done.
func (a *admin) did(r *http.Request, what string) {
	if a.Decisions != nil {
		a.Decisions.Decided(access.Decision{Time: time.Now(), What: access.Admin, Remote: r.RemoteAddr, Allowed: true, Reason: what[:min(len(what), mostReason)]})
	}
}

// mostReason is how many bytes of a reason are kept.
const mostReason = 256
