package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/count"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/limit"
)

// kept is the account of what is kept of publishers for everybody, which is nobody's to give back. Gateways are told of it before
// there is one, but keep nothing before.
type kept struct {
	*account.Common // of the last values

	histories *account.Stock
	counters  *count.Counters
}

// Of Config.Memory, last values may have a quarter, and histories another one.
const (
	lastValuesParts = 4
	historyParts    = 4
)

// isAskedBy has gateways ask for what they keep, unless they were told to ask somebody else.
func (k *kept) isAskedBy(c *gateway.Config) {
	if c.Kept == nil {
		c.Kept = k
	}
	if c.KeptHistory == nil {
		c.KeptHistory = func() gateway.HistoryPortion { return portion{k.histories.Portion(), k.counters} }
	}
}

// open opens the accounts.
func (k *kept) open(sessions *session.Registry) {
	k.Common = sessions.Memory().Common(account.LastValues, lastValuesParts)
	k.histories = sessions.Memory().Stock(account.History, historyParts)
	k.counters = sessions.Counters()
}

// portion is that of one history. It counts how often histories had to give something up.
type portion struct {
	*account.Portion
	counters *count.Counters
}

func (p portion) Hold(bytes int64) (excess int64) {
	if excess = p.Portion.Hold(bytes); excess > 0 {
		p.counters.Hit(limit.Histories)
	}
	return excess
}
