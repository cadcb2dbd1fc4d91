package access

import "time"

// What a Decision is about.
const (
	Connect   = "connect"   // whether a WebSocket may exist; only refusals are told
	SignIn    = "sign-in"   // who its user is
	Open      = "open"      // whether a socket may use an endpoint
	Subscribe = "subscribe" // whether it may subscribe to a prefix there
)

// Decision is an answer that was given: who asked for what, and whether it was allowed. It has no credential and no message in
// it, so it can be kept. Texts that clients choose are clipped.
type Decision struct {
	Time     time.Time `json:"time"`
	What     string    `json:"what"`
	Session  string    `json:"session,omitempty"`
	User     string    `json:"user,omitempty"`
	Remote   string    `json:"remote,omitempty"`
	Type     string    `json:"type,omitempty"`
	Endpoint string    `json:"endpoint,omitempty"`
	Bind     bool      `json:"bind,omitempty"`
	Identity string    `json:"identity,omitempty"`
	Prefix   string    `json:"prefix,omitempty"`
	Allowed  bool      `json:"allowed"`
	Code     string    `json:"code,omitempty"` // of the refusal
	Reason   string    `json:"reason,omitempty"`
}

// most is how many bytes of a text that a client has chosen are kept.
const most = 128

// DecisionOn begins a Decision about an Access.
func DecisionOn(a Access) Decision {
	d := Decision{What: Open, Session: a.Session, Type: a.Type.String(), Endpoint: clipped(a.Endpoint.String()), Bind: a.Bind, Identity: clipped(a.Identity)}
	if a.HTTP != nil {
		d.Remote = a.HTTP.RemoteAddr
	}
	if a.Subscribe {
		d.What, d.Prefix = Subscribe, clipped(string(a.Prefix))
	}
	return d
}

func clipped(text string) string { return text[:min(len(text), most)] }
