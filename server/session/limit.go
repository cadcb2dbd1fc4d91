package session

// Limit is one that a client, or all together, may meet.
type Limit uint8

const (
	LimitConnections   Limit = iota // WebSockets at a time
	LimitPerIP                      // from one network address
	LimitPerUser                    // of one user
	LimitRate                       // what a client sends in a time; it was read more slowly
	LimitTooFast                    // likewise, so far above that it was disconnected
	LimitSockets                    // on one connection
	LimitEndpoints                  // of one socket
	LimitSubscriptions              // on one connection
	LimitPrefixes                   // bytes of all its subscriptions
	LimitRequests                   // without an answer
	LimitQueued                     // bytes that are held for one client
	LimitMemory                     // bytes that are held for all clients
	LimitRetained                   // what is held for clients that are away

	Limits
)

var limitNames = [Limits]string{"connections", "connections_per_ip", "connections_per_user", "rate", "too_fast", "sockets", "endpoints",
	"subscriptions", "prefixes", "requests", "queued", "memory", "retained"}

// String is the limit as a metric's label.
func (l Limit) String() string {
	if l < Limits {
		return limitNames[l]
	}
	return "unknown"
}

// Hit counts that a limit was hit.
func (c *Counters) Hit(l Limit) { c.Limits[l].Add(1) }
