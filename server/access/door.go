package access

// Door is how a client has come in. All but the first one need no library, and no client of this project: whatever can send a
// request of HTTP comes in there. So rules about addresses say separately that they are for those, too.
type Door uint8

// The doors of a bridge.
const (
	ByClient    Door = iota // zwb.v1, or the protocol of 2012
	ByHTTP                  // a request of HTTP, at /sub and the like
	ByWebSocket             // a WebSocket without a subprotocol, at /ws
	ByZWS                   // ZWS 2.0, at /zws
)

// NeedsLibrary tells whether only a client of this project comes in there.
func (d Door) NeedsLibrary() bool { return d == ByClient }

// String is "http", "ws", "zws", or "" for clients.
func (d Door) String() string {
	switch d {
	case ByHTTP:
		return "http"
	case ByWebSocket:
		return "ws"
	case ByZWS:
		return "zws"
	}
	return ""
}
