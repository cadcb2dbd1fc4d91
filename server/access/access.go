package access

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Access is one question: may this user open this socket at this endpoint, or subscribe to this prefix?
type Access struct {
	HTTP     *http.Request   // the WebSocket's handshake: cookies, address, and what middleware put into its context
	User     any             // what Config.Authenticate returned
	Door     Door            // how the client has come in
	Session  string          // of the client, the same over all of its sockets and connections; it opens nothing
	Type     core.SocketType // of the socket
	Endpoint core.Endpoint   // checked and in canonical form
	Bind     bool            // the bridge is to listen at Endpoint instead of connecting to it
	Identity string          // the name that the socket wants to bear: at a ROUTER, or among the pages that answer as REP; "" for none
	Params   json.RawMessage // what the page passed to connect: a JSON object, or nil

	Subscribe bool   // the question is about a subscription of a socket that was allowed before
	Prefix    []byte // the prefix of that subscription

	Again bool // it was allowed before, and is asked about anew because rules, or the user's claims, may have changed
}

// Param is a parameter of the connect that is a string; "" when it is missing or something else.
func (a Access) Param(name string) string {
	var params map[string]json.RawMessage
	if json.Unmarshal(a.Params, &params) != nil {
		return ""
	}
	var value string
	if json.Unmarshal(params[name], &value) != nil {
		return ""
	}
	return value
}

// String reads "REQ tcp://127.0.0.1:10001", as a rule that allows it would.
func (a Access) String() string {
	s := a.Type.String() + " " + a.Endpoint.String()
	if a.Bind && a.Type != core.REP {
		s = "bind " + s
	}
	if a.Identity != "" {
		s += fmt.Sprintf(" as %.40q", a.Identity)
	}
	if a.Subscribe {
		s += fmt.Sprintf(" prefix %.40q", a.Prefix)
	}
	return s
}
