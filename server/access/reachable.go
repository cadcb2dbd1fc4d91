package access

// Reachable is a named endpoint that a user may open.
type Reachable struct {
	Name  string   `json:"name"`
	Types []string `json:"types"`          // of sockets that may: "SUB"
	Bind  bool     `json:"bind,omitempty"` // the bridge listens there
}
