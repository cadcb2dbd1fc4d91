package access

import "time"

// History says how much of what an endpoint publishes is kept, so that a subscriber that was away is given what it
// missed. A bound that is zero does not bind, but for Bytes; the zero History keeps nothing.
//
// A gateway with a history is subscribed to what the history keeps from its first use on, whoever else is. It outlives its
// users: by Age, or without one until the bridge closes or needs its place for another gateway (Config.MaxGateways).
type History struct {
	Messages int           // how many
	Age      time.Duration // for how long
	Bytes    int           // how many bytes of memory, with what it costs to keep them; default 16 MiB
	Prefixes []string      // which: those that begin with one of these. Default: all

	// Durable histories outlive the bridge, and are the same at all bridges of a cluster; see Config.Histories of package gateway. They
	// have all topics, and are bounded by Age and Bytes, whose default is 1 GiB then.
	Durable bool
}

// What the default of History.Bytes is, in memory and elsewhere.
const (
	defaultBytes   = 16 << 20
	defaultDurable = 1 << 30
)

// KeepsNothing tells whether there is no bound at all, which is how an endpoint without a history is described.
func (h History) KeepsNothing() bool { return h.Messages <= 0 && h.Age <= 0 && h.Bytes <= 0 }

// WithDefaults fills in what is not said. Only for a History that keeps something.
func (h History) WithDefaults() History {
	if h.Bytes <= 0 {
		h.Bytes = defaultBytes
		if h.Durable {
			h.Bytes = defaultDurable
		}
	}
	if len(h.Prefixes) == 0 {
		h.Prefixes = []string{""}
	}
	return h
}

// Cache is what of a durable history is in memory, too.
func (h History) Cache() History {
	return History{Age: h.Age, Bytes: min(h.Bytes, defaultBytes), Prefixes: []string{""}}
}
