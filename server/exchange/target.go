package exchange

import (
	"net/http"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// target is what a request is about.
type target struct {
	endpoint string // its name, or its address in canonical form
	function string // that is called there
	query    words.Query
	params   []byte        // for the bridge's authorization: a JSON object, or nil
	asker    *http.Request // says who asks: the request itself, or the one that its ticket was made with
}

// parseTarget reads a path: /req/NAME, /rpc/NAME/FUNCTION. What is no name is nobody's, and is not looked for. A path without a
// name is /req, /rpc/FUNCTION: the query has an address then.
func parseTarget(path string) (op operation, to target, err error) {
	if path == describedAt {
		return description, target{}, nil
	}
	rest, absolute := strings.CutPrefix(path, "/")
	segments := strings.Split(rest, "/")
	op, known := operations[segments[0]]
	calls, names := segments[0] == "rpc", segments[1:]
	if calls && len(names) > 0 {
		to.function, names = names[len(names)-1], names[:len(names)-1]
	}
	if !absolute || !known || len(names) > 1 {
		return op, to, core.NewError(core.Invalid, "a path is /req/NAME, /push/NAME, /pub/NAME, /rpc/NAME/FUNCTION, /sub/NAME, /last/NAME or /ticket/NAME")
	}
	if len(names) == 1 && (names[0] != "" || calls) {
		if to.endpoint = names[0]; !core.IsEndpointName(to.endpoint) {
			return op, to, core.NewError(core.Invalid, "the name of an endpoint is a letter, and up to 63 letters, digits, or any of ._-")
		}
	}
	if calls && to.function == "" {
		return op, to, core.NewError(core.Invalid, "the path of a call is /rpc/NAME/FUNCTION")
	}
	return op, to, nil
}
