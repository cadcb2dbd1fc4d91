package access

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// What a Decision is about.
const (
	Connect    = "connect"    // whether a client may come in: one for each WebSocket that has said who it is, or was turned away before
	Resume     = "resume"     // the same, of a client that goes on with its session
	Move       = "move"       // the same, and the session has come from another bridge
	Renew      = "renew"      // whether credentials that it hands over later are accepted
	Expire     = "expire"     // its credentials are not valid any more, and its WebSocket ends
	Disconnect = "disconnect" // its session was ended by who runs the bridge
	Open       = "open"       // whether a socket may use an endpoint
	Subscribe  = "subscribe"  // whether it may subscribe to a prefix there
	Call       = "call"       // a request was refused; those that are allowed are not told, there may be a hundred thousand a second
	Publish    = "publish"    // likewise, a message that is no request
	Reload     = "reload"     // whether another configuration was taken
	Admin      = "admin"      // somebody with the admin token has done something, or has shown a wrong one
)

// Decision is an answer that was given: who asked for what, and whether it was allowed. It has no credential and no message in
// it, so it can be kept. Texts that clients choose are clipped.
type Decision struct {
	Time     time.Time `json:"time"`
	What     string    `json:"what"`
	Session  string    `json:"session,omitempty"`
	User     string    `json:"user,omitempty"`
	Remote   string    `json:"remote,omitempty"`
	Door     string    `json:"door,omitempty"` // "http", "ws", "zws"; "": a client of this project, or it is about no endpoint
	Type     string    `json:"type,omitempty"`
	Endpoint string    `json:"endpoint,omitempty"`
	Bind     bool      `json:"bind,omitempty"`
	Identity string    `json:"identity,omitempty"`
	Prefix   string    `json:"prefix,omitempty"`
	Bridge   string    `json:"bridge,omitempty"` // another bridge, for which something was done; "": none
	Allowed  bool      `json:"allowed"`
	Code     string    `json:"code,omitempty"`   // of the refusal
	Reason   string    `json:"reason,omitempty"` // likewise; of what somebody has done, what it was
}

// most is how many bytes of a text that a client has chosen are kept.
const most = 128

// DecisionOn begins a Decision about an Access.
func DecisionOn(a Access) Decision {
	d := Decision{What: Open, Session: a.Session, Door: a.Door.String(), Type: a.Type.String(), Endpoint: clipped(a.Endpoint.String()), Bind: a.Bind, Identity: clipped(a.Identity)}
	if a.HTTP != nil {
		d.Remote = a.HTTP.RemoteAddr
	}
	if a.Subscribe {
		d.What, d.Prefix = Subscribe, clipped(string(a.Prefix))
	}
	return d
}

// DecisionOnMessage begins a Decision about what a client sends where it was allowed to.
func DecisionOnMessage(a Access) Decision {
	d := DecisionOn(a)
	d.What = Publish
	if a.Type == core.REQ {
		d.What = Call
	}
	return d
}

func clipped(text string) string { return text[:min(len(text), most)] }
