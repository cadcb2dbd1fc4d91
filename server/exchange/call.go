package exchange

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// arguments are the body of a call. Both may be left out, and so may the body.
type arguments struct {
	Args   json.RawMessage `json:"args"`
	Kwargs json.RawMessage `json:"kwargs"`
}

// call is POST /rpc/NAME/FUNCTION: the body has the arguments, the answer is what the function returns, and both are JSON.
func (h *Handler) call(w http.ResponseWriter, r *http.Request, to target) error {
	message := func(v *visit) (core.Message, error) {
		body, err := h.body(w, r, v)
		if err != nil {
			return nil, err
		}
		call, err := envelope(to.function, body)
		return core.Message{call}, err
	}
	return h.ask(w, r, to, message, func(reply core.Message) error {
		value, err := rpc.ParseReturn(reply[len(reply)-1])
		if err != nil {
			return err
		}
		if value == nil {
			value = []byte("null")
		}
		answer(w, "application/json", http.StatusOK, value)
		return nil
	})
}

// envelope makes a call of its arguments.
func envelope(function string, body []byte) ([]byte, error) {
	var given arguments
	if body = bytes.TrimSpace(body); len(body) > 0 {
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if body[0] != '{' || d.Decode(&given) != nil || d.More() {
			return nil, core.NewError(core.Invalid, `the body of a call is JSON, as in {"args": [1, 2], "kwargs": {"fast": true}}`)
		}
	}
	if given.Args != nil && given.Args[0] != '[' && string(given.Args) != "null" {
		return nil, core.NewError(core.Invalid, "args is a list")
	}
	if string(given.Args) == "null" {
		given.Args = nil
	}
	return rpc.AppendCall(nil, function, given.Args, given.Kwargs)
}
