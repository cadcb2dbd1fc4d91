package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/revoked"
)

// revocation is what is asked: until a time, or for a while.
type revocation struct {
	User   string    `json:"user"`  // as in revoked.Entry
	Token  string    `json:"token"` // or
	Until  time.Time `json:"until"`
	For    string    `json:"for"` // "24h"
	Reason string    `json:"reason"`
}

func (q revocation) entry() (e revoked.Entry, err error) {
	e = revoked.Entry{User: q.User, Token: q.Token, Until: q.Until.UTC(), Reason: q.Reason}
	if q.For == "" {
		return e, nil
	}
	if !q.Until.IsZero() {
		return e, errors.New("it is for a while, or until a time")
	}
	life, err := time.ParseDuration(q.For)
	e.Until = time.Now().Add(life).UTC()
	return e, err
}

// askTime is how long it may take to find those who are there and were revoked.
const askTime = 30 * time.Second

func (a *admin) revocations(w http.ResponseWriter, _ *http.Request) {
	all := []revoked.Entry{}
	if list := a.revoked(); list != nil {
		all = list.All()
	}
	answer(w, struct {
		Revocations []revoked.Entry `json:"revocations"`
	}{all})
}

// revoke adds to the list, and ends the sessions of those who are meant.
func (a *admin) revoke(w http.ResponseWriter, r *http.Request) {
	var q revocation
	list := a.revokes(w)
	if list == nil || !read(w, r, &q) {
		return
	}
	e, err := q.entry()
	if err == nil {
		err = list.Add(e)
	}
	if unasked := a.refuseRevocation(w, err); unasked {
		return
	}
	a.Log.Info("revoked over the admin listener", "user", e.User, "token", e.Token, "until", e.Until, "reason", e.Reason, "remote", r.RemoteAddr)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), askTime)
	defer cancel()
	before := a.Bridge.Stats().Dismissed
	a.Bridge.JudgeUsers(ctx)
	out := struct {
		Ended  uint64 `json:"ended"`
		Unkept string `json:"unkept,omitempty"` // why a restart forgets it, against what the configuration says
		Unsent string `json:"unsent,omitempty"` // why the other bridges of the cluster do not know it yet
	}{Ended: a.Bridge.Stats().Dismissed - before, Unsent: a.Cluster.unsent()}
	if err != nil {
		a.Log.Error("revocations are not kept", "err", err)
		out.Unkept = err.Error()
	}
	answer(w, out)
}

// lift takes an entry back.
func (a *admin) lift(w http.ResponseWriter, r *http.Request) {
	var q struct {
		User  string `json:"user"`
		Token string `json:"token"`
	}
	list := a.revokes(w)
	if list == nil || !read(w, r, &q) {
		return
	}
	lifted, err := list.Lift(q.User, q.Token)
	if !lifted {
		http.Error(w, "nobody of that name is revoked", http.StatusNotFound)
		return
	}
	a.Log.Info("a revocation was lifted over the admin listener", "user", q.User, "token", q.Token, "remote", r.RemoteAddr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, struct {
		Unsent string `json:"unsent,omitempty"`
	}{a.Cluster.unsent()})
}

// revokes is the list of who is revoked; nil: there is none, and that is the answer.
func (a *admin) revokes(w http.ResponseWriter) *revoked.List {
	list := a.revoked()
	if list == nil {
		http.Error(w, "this bridge asks nobody who they are", http.StatusNotFound)
	}
	return list
}

// refuseRevocation answers what was not done. That it is not kept is another matter.
func (a *admin) refuseRevocation(w http.ResponseWriter, err error) bool {
	switch {
	case err == nil:
		return false
	case core.CodeOf(err) == core.Busy:
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
	case errors.Is(err, revoked.ErrUnkept):
		return false
	default:
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return true
}
