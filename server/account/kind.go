package account

// Kind says what is held.
type Kind uint8

const (
	Connection Kind = iota // a WebSocket: its goroutines, its buffers, the headers of its handshake
	Reading                // a WebSocket message that is not complete, or not handled yet
	Queue                  // frames that were not written yet, of answers and of messages that have credit
	Window                 // frames that were written, and not acknowledged, and room for more
	Outbox                 // messages that wait for credit, or for their turn
	Sockets                // sockets and their endpoints, with addresses and params, those that were refused too
	Prefixes               // subscriptions
	Requests               // requests without an answer, of the client and of backends
	Sending                // messages of the client on their way to backends
	Lingering              // those of sockets that are closed
	Replays                // histories and last values that are being read
	History                // what publishers have said, for whoever comes back
	LastValues             // the last message of each topic, for whoever subscribes next
	Shared                 // messages that are kept once for many clients, in queues, windows and outboxes

	Kinds
)

var names = [Kinds]string{"connections", "reading", "queue", "window", "outbox", "sockets", "prefixes", "requests", "sending",
	"lingering", "replays", "history", "last_values", "shared"}

// String is the kind as a metric's label.
func (k Kind) String() string {
	if k < Kinds {
		return names[k]
	}
	return "unknown"
}
