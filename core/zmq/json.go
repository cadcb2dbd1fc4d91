package zmq

import (
	"bytes"
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// marshal makes JSON of what an application passes, as JSON.stringify would. For nil it returns nil.
func marshal(what string, v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, core.NewError(core.Invalid, what+": "+err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
