package cluster

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Report is what a bridge tells the others of itself.
type Report struct {
	Identity
	Version   string `json:"version"`
	Host      string `json:"host"`     // the name of its machine
	Sessions  int    `json:"sessions"` // of clients, those that are away, too
	Sockets   int    `json:"sockets"`
	Draining  bool   `json:"draining"`
	Endpoints []Rate `json:"endpoints"` // those with most messages
}

// Rate is what goes through an endpoint of a bridge, by messages a second.
type Rate struct {
	Name string  `json:"name"`
	Out  float64 `json:"to_clients"`
	In   float64 `json:"from_clients"`
}

// What a report has at most. It is what others may have written who reach NATS.
const (
	mostReport    = 16 << 10 // bytes
	mostText      = 128      // bytes of a text in it
	MostEndpoints = 64
)

// readReport reads what a bucket has under a key.
func readReport(key string, value []byte) (r Report, err error) {
	if len(value) > mostReport {
		return r, core.NewError(core.Invalid, "a report is too large")
	}
	if err := json.Unmarshal(value, &r); err != nil {
		return r, core.NewError(core.Invalid, "a report is no JSON: "+err.Error())
	}
	if r.ID != key || !IsID(key) || len(r.Endpoints) > MostEndpoints {
		return r, core.NewError(core.Invalid, "a report is not that of the bridge under whose key it is")
	}
	r.Version, r.Host = visible(r.Version), visible(r.Host)
	for i := range r.Endpoints {
		r.Endpoints[i].Name = visible(r.Endpoints[i].Name)
	}
	return r, nil
}

// visible is a text of somebody else for terminals and logs: short, and with nothing in it that acts.
func visible(text string) string {
	text = text[:min(len(text), mostText)]
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
