package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/req"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/topic"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Names of other packages that whoever uses a Factory needs, so that one import is enough.
type (
	Limits   = zmtp.Limits     // what one peer may send, see Config.Limits
	Security = access.Security // how the bridge proves to a backend who it is, see Config.Security
	Plain    = access.Plain    // a name and a password, see Security.Plain
	History  = access.History  // how much of what an endpoint publishes is kept, see Config.History

	Watcher = link.Watcher // is told whether a peer is connected, see ReqGateway.Watch

	Request = req.Request // one request under way, see ReqGateway.Do

	Subscriber   = pubsub.Subscriber   // is given messages, see SubGateway.Attach
	Follower     = pubsub.Follower     // a Subscriber that is told where it stands in the history
	Misser       = pubsub.Misser       // a Subscriber that is told of messages over a limit
	Waiter       = pubsub.Waiter       // a Subscriber that answers for what waits for it
	Subscription = pubsub.Subscription // the prefixes of a Subscriber

	Change = topic.Change // a message by which an XSUB changes a subscription, see ParseChange

	Replay   = history.Replay   // what a subscription missed, see Subscription.Recover
	Recovery = history.Recovery // what is known of that before it is read
	Replayed = history.Replayed // one message of it, or a gap
)

// ParseChange reads a message by which an XSUB changes a subscription. It is not ok when the message is another one.
func ParseChange(m core.Message) (c Change, ok bool) { return topic.ParseChange(m) }
