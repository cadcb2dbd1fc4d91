package legacy

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// envelope is one message of the protocol of 2012, in either direction. Messages to the client have no msg_type unless they
// answer a connect.
type envelope struct {
	Identity string `json:"identity"`
	MsgType  string `json:"msg_type,omitempty"`
	Content  string `json:"content"`
}

const (
	connectType = "connect"
	replyType   = "connection_reply"
)

// connectParams is what the bridge needs of the content of a connect. The authorization hook gets the whole content.
type connectParams struct {
	Address string          `json:"zmq_conn_string"`
	Type    core.SocketType `json:"socket_type"`
}

// status is the content of a connection_reply, and of the answer to a request that has failed. The old client looks only at
// status. error_msg has the same name as in the answers of RPC servers.
type status struct {
	Status   string `json:"status"`
	ErrorMsg string `json:"error_msg,omitempty"`
}

func errorContent(e *core.Error) string { return string(marshal(status{"error", e.Error()})) }

// marshal makes JSON of v. It cannot fail for the types of this file.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"status":"error"}`)
	}
	return b
}
