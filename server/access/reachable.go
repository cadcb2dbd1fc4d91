package access

// Reachable is a named endpoint that a user may open.
type Reachable struct {
	Name      string   `json:"name"`
	Types     []string `json:"types"`               // of sockets that may: "SUB"
	Bind      bool     `json:"bind,omitempty"`      // the bridge listens there
	Topics    []string `json:"topics,omitempty"`    // with which subscriptions may begin, of those that are the same for everybody
	Functions []string `json:"functions,omitempty"` // that may be called, where the bridge is told which there are
}
