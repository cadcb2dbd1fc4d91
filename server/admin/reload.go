package admin

import (
	"errors"
	"net/http"

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

func (a *admin) reload(w http.ResponseWriter, r *http.Request) {
	if a.Reload == nil {
		http.Error(w, "this bridge has no configuration that could be read anew", http.StatusNotFound)
		return
	}
	reloaded, err := a.Reload(r.Context())
	if err != nil {
		answerWith(w, http.StatusUnprocessableEntity, ReloadAnswer{Mistakes: mistakesOf(err)})
		return
	}
	answer(w, ReloadAnswer{Taken: true, Reloaded: reloaded, Mistakes: []Mistake{}})
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
