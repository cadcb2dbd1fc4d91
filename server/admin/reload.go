package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// Reloaded is what has come of reading everything anew.
type Reloaded struct {
	Changed   []string `json:"changed"`   // what is another than before: a section, "endpoints.prices", a file
	Restart   []string `json:"restart"`   // what of that is in force after a restart only
	Moved     []string `json:"moved"`     // endpoints that lead elsewhere
	Withdrawn uint64   `json:"withdrawn"` // endpoints and subscriptions of clients that are not allowed any more
	Ended     uint64   `json:"ended"`     // sessions that are not let in any more, as their users or their pages are not
}

// Mistake is one that the configuration has.
type Mistake struct {
	File   string `json:"file"`   // or a flag, or a variable of the environment
	Line   int    `json:"line"`   // 0: the whole
	Column int    `json:"column"` // in characters
	Text   string `json:"text"`
}

// ReloadAnswer is what POST /api/reload answers, with the status 200, or 422 if nothing was taken.
type ReloadAnswer struct {
	Taken bool `json:"taken"`
	Reloaded
	Mistakes []Mistake `json:"mistakes"` // why nothing has changed
}

// ClusterReloadAnswer is what POST /api/reload?cluster answers, with the status 200, or 422 if not all bridges have taken what they read.
type ClusterReloadAnswer struct {
	Bridges []BridgeReload   `json:"bridges"` // this one first
	Silent  []cluster.Silent `json:"silent"`  // those that did not say what has come of it
}

// BridgeReload is what has come of it at one bridge.
type BridgeReload struct {
	Bridge  string `json:"bridge"`
	Host    string `json:"host"`    // of another bridge; "": it is this one
	Refused string `json:"refused"` // why it did not try
	ReloadAnswer
}

// reload reads everything anew, at this bridge or at all of its cluster.
func (a *admin) reload(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Has("cluster") {
		a.reloadAll(w, r)
		return
	}
	if a.Reload == nil {
		http.Error(w, errNothingToRead, http.StatusNotFound)
		return
	}
	said := a.reloaded(r.Context())
	if !said.Taken {
		answerWith(w, http.StatusUnprocessableEntity, said)
		return
	}
	answer(w, said)
}

const errNothingToRead = "this bridge has no configuration that could be read anew"

// reloaded reads everything anew.
func (c *Config) reloaded(ctx context.Context) ReloadAnswer {
	if c.Reload == nil {
		return ReloadAnswer{Mistakes: []Mistake{{Text: errNothingToRead}}}
	}
	reloaded, err := c.Reload(ctx)
	if err != nil {
		return ReloadAnswer{Mistakes: mistakesOf(err)}
	}
	return ReloadAnswer{Taken: true, Reloaded: reloaded, Mistakes: []Mistake{}}
}

// reloadTime is how long all bridges have for it.
const reloadTime = 70 * time.Second

func (a *admin) reloadAll(w http.ResponseWriter, r *http.Request) {
	if a.Cluster == nil || a.Cluster.Orders == nil {
		http.Error(w, "this bridge belongs to no cluster", http.StatusNotFound)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), reloadTime)
	defer cancel()
	here := make(chan ReloadAnswer, 1)
	go func() { here <- a.reloaded(ctx) }() // until ctx ends at the latest
	answers, silent, err := a.Cluster.Orders.Give(ctx, orderReload, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	out := ClusterReloadAnswer{Silent: append([]cluster.Silent{}, silent...), Bridges: []BridgeReload{{Bridge: a.Cluster.Connection.Identity().ID, ReloadAnswer: <-here}}}
	for _, from := range answers {
		b := BridgeReload{Bridge: from.Bridge, Host: from.Host, Refused: from.Refused}
		if b.Refused == "" {
			if b.ReloadAnswer, err = readReloaded(from.Outcome); err != nil {
				b.Refused = err.Error()
			}
		}
		out.Bridges = append(out.Bridges, b)
	}
	a.did(r, "reloaded all bridges of the cluster")
	if len(out.Silent) > 0 || slices.ContainsFunc(out.Bridges, func(b BridgeReload) bool { return !b.Taken }) {
		answerWith(w, http.StatusUnprocessableEntity, out)
		return
	}
	answer(w, out)
}

func mistakesOf(err error) []Mistake {
	var found config.Mistakes
	if !errors.As(err, &found) {
		return []Mistake{{Text: err.Error()}}
	}
	mistakes := []Mistake{}
	for _, m := range found {
		mistakes = append(mistakes, Mistake{m.File, m.Line, m.Column, m.Text})
	}
	return mistakes
}
