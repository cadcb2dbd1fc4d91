package access

import (
	"bytes"
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// ParseParams reads what a client sent as the parameters of a connect: a JSON object, or null or nothing for none, which
// is nil. The error is [core.Invalid]. The result is a copy.
func ParseParams(text []byte) (json.RawMessage, error) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0 || string(text) == "null":
		return nil, nil
	case text[0] != '{' || !json.Valid(text):
		return nil, core.NewError(core.Invalid, "the parameters of a connect are a JSON object")
	}
	return bytes.Clone(text), nil
}
