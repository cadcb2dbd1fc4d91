package zws

import (
	"net/http"
	"strings"
)

// The subprotocols of ZWS 2.0. The name of a mechanism says that there is a handshake as in ZMTP 3.
const (
	bare  = "ZWS2.0"
	null  = "ZWS2.0/NULL"
	login = "ZWS2.0/PLAIN"
)

// Choose is the subprotocol of those that a handshake offers; "": there is none that is spoken here. One with a mechanism is better: a libzmq with heartbeats ends
// its process where there is none.
func Choose(r *http.Request) string {
	offered := map[string]bool{}
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			offered[strings.TrimSpace(name)] = true
		}
	}
	for _, name := range []string{login, null, bare} {
		if offered[name] {
			return name
		}
	}
	return ""
}
