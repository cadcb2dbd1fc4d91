package admin

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
)

// question is what somebody wants explained: what would this user be told?
type question struct {
	User     string          `json:"user"`
	Claims   map[string]any  `json:"claims"`
	Type     string          `json:"type"`     // of the socket: "SUB"
	Endpoint string          `json:"endpoint"` // a name, or an address
	Prefix   *string         `json:"prefix"`   // of a subscription, or the function or topic of what is sent; nil: only whether the endpoint is open to the user
	Bind     bool            `json:"bind"`
	Identity string          `json:"identity"`
	Params   json.RawMessage `json:"params"`
	IP       string          `json:"ip"`
	Origin   string          `json:"origin"`
	HTTP     bool            `json:"http"` // over HTTP, or by a WebSocket at /ws or /zws
}

// explanation answers it.
type explanation struct {
	Allowed bool   `json:"allowed"`
	Steps   []step `json:"steps"`
}

type step struct {
	About string `json:"about"` // the question, as in "SUB prices"
	Entry string `json:"entry"` // of the file; "" for none in particular
	Text  string `json:"text"`
}

func (a *admin) explain(w http.ResponseWriter, r *http.Request) {
	if a.Policy == nil {
		http.Error(w, "this bridge has no policy that could be explained", http.StatusNotFound)
		return
	}
	var q question
	if !read(w, r, &q) {
		return
	}
	accesses, err := q.accesses()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	now, out := a.Policy(), explanation{Allowed: true, Steps: []step{}}
	for _, access := range accesses {
		if out.Allowed {
			allowed, trace := now.Explain(access)
			out.add(access.String(), allowed, trace)
		}
	}
	if a := accesses[0]; out.Allowed && q.Prefix != nil && *q.Prefix != "" && policy.Sends(a.Type) {
		allowed, trace := now.ExplainSending(a, *q.Prefix)
		out.add(a.String()+" "+*q.Prefix, allowed, trace)
	}
	answer(w, out)
}

func (e *explanation) add(about string, allowed bool, trace policy.Trace) {
	for _, s := range trace.Steps {
		e.Steps = append(e.Steps, step{about, s.Entry, s.Text})
	}
	e.Allowed = allowed
}

// accesses are what a bridge would ask: about the endpoint, and then about the subscription.
func (q *question) accesses() ([]access.Access, error) {
	t, err := core.ParseSocketType(strings.ToUpper(q.Type))
	if err != nil {
		return nil, err
	}
	ep, err := core.ParseEndpoint(q.Endpoint)
	if err != nil {
		return nil, err
	}
	params, err := access.ParseParams(q.Params)
	if err != nil {
		return nil, err
	}
	asked := &http.Request{Header: http.Header{}, RemoteAddr: net.JoinHostPort(q.IP, "0")}
	if q.Origin != "" {
		asked.Header.Set("Origin", q.Origin)
	}
	a := access.Access{HTTP: asked, User: policy.Somebody(q.User, q.Claims), Type: t, Endpoint: ep, Bind: q.Bind, Identity: q.Identity, Params: params}
	if q.HTTP {
		a.Door = access.ByHTTP
	}
	all := []access.Access{a}
	if q.Prefix != nil && (t == core.SUB || t == core.XSUB) {
		a.Subscribe, a.Prefix = true, []byte(*q.Prefix)
		all = append(all, a)
	}
	return all, nil
}
