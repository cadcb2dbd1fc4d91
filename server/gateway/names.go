package gateway

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/port"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/req"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/sequence"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
)

// Names of other packages that whoever uses a Factory needs, so that one import is enough.
type (
	Security = access.Security // how the bridge proves to a backend who it is, see Config.Security
	Plain    = access.Plain    // a name and a password, see Security.Plain
	History  = access.History  // how much of what an endpoint publishes is kept, see Config.History
	Sequence = access.Sequence // where publishers count, see Config.Sequence

	Counted = sequence.Totals // what the count of publishers has told, see Factory.Counted

	Watcher = link.Watcher // is told whether a peer is connected, see ReqGateway.Watch

	Request = req.Request // one request under way, see ReqGateway.Prepare
	Caller  = req.Caller  // who makes it
	Group   = req.Group   // whom the answers of many callers are for

	Bundle    = req.Bundle    // requests that came together, see ReqGateway.Roll
	Slip      = req.Slip      // one of them
	Asker     = req.Asker     // who makes them
	Roll      = req.Roll      // those of an Asker that are pending
	Withdrawn = req.Withdrawn // one that is not any more

	Port           = port.Port           // one page's socket, see Factory.Port
	PortOptions    = port.Options        // what a page wants of it
	Receiver       = port.Receiver       // is given messages, see PortOptions.Receiver
	ExcessReceiver = port.ExcessReceiver // a Receiver that is told of messages over a limit
	Reach          = port.Reach          // how a port, or a ReqGateway, stands to its peers

	Part         = burst.Part          // messages that came together
	Subscriber   = pubsub.Subscriber   // is given messages, see SubGateway.Attach
	Follower     = pubsub.Follower     // a Subscriber that is told where it stands in the history
	Lacker       = pubsub.Lacker       // a Subscriber that is told of what never came
	Absence      = pubsub.Absence      // what that is
	Misser       = pubsub.Misser       // a Subscriber that is told of messages over a limit
	Waiter       = pubsub.Waiter       // a Subscriber that answers for what waits for it
	Subscription = pubsub.Subscription // the prefixes of a Subscriber

	Replay         = history.Replay   // what a subscription missed, see Subscription.Recover
	HistoryPortion = history.Portion  // what one history has of the memory for all, see Config.KeptHistory
	Replayed       = history.Replayed // one message of it, or a gap
)

// How a Port, or a ReqGateway, stands to its peers. More is better.
const (
	ReachAway    = port.ReachAway
	ReachSilent  = port.ReachSilent
	ReachDialing = port.ReachDialing
	ReachFull    = port.ReachFull
	ReachReady   = port.ReachReady
)

// NewBundle is an empty one, for requests that begin now.
func NewBundle(now time.Time) *Bundle { return req.NewBundle(now) }

// ParseChange reads a message by which an XSUB changes a subscription. It is not ok when the message is another one.
func ParseChange(m core.Message) (c topic.Change, ok bool) { return topic.ParseChange(m) }

// Settle puts addresses in place of the wildcards with which somebody wants the bridge to listen.
func Settle(address string) (string, error) { return link.Settle(address) }
