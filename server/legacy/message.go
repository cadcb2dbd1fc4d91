package legacy

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// envelope is every message of the old wire. Messages to the client carry no msg_type unless they answer a connect.
type envelope struct {
	Identity string `json:"identity"`
	MsgType  string `json:"msg_type,omitempty"`
	Content  string `json:"content"`

	credit int // payload bytes of the SUB message this is; 0 for anything else
}

const (
	connectType = "connect"
	replyType   = "connection_reply"
)

// connectParams is what the bridge needs of a connect's content; the whole of it goes to the authorization hook.
type connectParams struct {
	Address string          `json:"zmq_conn_string"`
	Type    core.SocketType `json:"socket_type"`
}

// status is the content of a connection_reply, and of a reply to a request that failed. The old client looks at status
// alone; error_msg is what RPC callers know from the RPC envelopes.
type status struct {
	Status   string `json:"status"`
	ErrorMsg string `json:"error_msg,omitempty"`
}

func errorContent(e *core.Error) string { return marshal(status{"error", e.Error()}) }

// marshal cannot fail for the types of this file.
func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return `{"status":"error"}`
	}
	return string(b)
}
