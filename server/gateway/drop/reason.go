package drop

import "sync/atomic"

// Reason says why something was dropped.
type Reason uint8

const (
	LateReply    Reason = iota // reply to a request that had ended: canceled, timed out, or never made
	Malformed                  // message without the envelope its socket type demands
	NoServer                   // request of a backend while no page serves, or all are full
	SlowPeer                   // message a subscriber's, or a ROUTER's peer's, queue had no room for
	TooMany                    // connection beyond Config.MaxPeers, second one of a PAIR, or of a routing id in use
	Unsubscribed               // published message no connected peer is subscribed to
	NoRoute                    // message to a routing id nobody has, or of an XSUB while no publisher is there
	SlowPage                   // message to a subscribed page that had no room, of a socket others listen on too
	TooLarge                   // message of a peer that was over one of Config.Limits
	Closed                     // message that was queued, or held back, when its socket or connection was closed; or that was sent to a name whose page had gone

	reasons
)

var names = [reasons]string{"late_reply", "malformed", "no_server", "slow_peer", "too_many_peers",
	"unsubscribed", "no_route", "slow_page", "too_large", "closed",
}

// String is the reason as a metric's label.
func (r Reason) String() string {
	if r < reasons {
		return names[r]
	}
	return "unknown"
}

// MarshalText makes reasons the keys of a JSON object.
func (r Reason) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Counters is how much was dropped, by reason. The zero value is ready.
type Counters struct{ dropped [reasons]atomic.Uint64 }

// Add counts one more.
func (c *Counters) Add(r Reason) { c.dropped[r].Add(1) }

// All is a snapshot: how much was dropped for every reason there is.
func (c *Counters) All() map[Reason]uint64 {
	all := make(map[Reason]uint64, reasons)
	for r := range reasons {
		all[r] = c.dropped[r].Load()
	}
	return all
}
