package limit

// Limit is one of those that a client, or all together, may meet.
type Limit uint8

const (
	Connections   Limit = iota // WebSockets at a time
	PerIP                      // from one network address
	PerUser                    // of one user
	Rate                       // what a client sends in a time; it was read more slowly
	TooFast                    // likewise, so far above that it was disconnected
	Sockets                    // on one connection
	Endpoints                  // of one socket
	Subscriptions              // on one connection
	Prefixes                   // bytes of all its subscriptions
	Requests                   // without an answer
	Queued                     // bytes that are held for one client
	Memory                     // bytes that are held for all clients
	UserMemory                 // bytes that are held for all clients of one user
	Retained                   // what is held for clients that are away
	Histories                  // what all histories take together
	Tickets                    // for what cannot show credentials

	Limits
)

var limitNames = [Limits]string{"connections", "connections_per_ip", "connections_per_user", "rate", "too_fast", "sockets", "endpoints",
	"subscriptions", "prefixes", "requests", "queued", "memory", "memory_per_user", "retained", "histories", "tickets"}

// String is the limit as a metric's label.
func (l Limit) String() string {
	if l < Limits {
		return limitNames[l]
	}
	return "unknown"
}
