package zmtp

import "sync/atomic"

// Traffic counts what passes over connections, all those together that share it.
type Traffic struct {
	MessagesIn, MessagesOut atomic.Uint64 // ZeroMQ messages
	BytesIn, BytesOut       atomic.Uint64 // on the wire
	Excessive               atomic.Uint64 // messages left out because they were over a limit
}
