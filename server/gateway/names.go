package gateway

import (
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Names of other packages that whoever uses a Factory needs, so that one import is enough.
type (
	Limits   = zmtp.Limits     // what one peer may send, see Config.Limits
	Watcher  = link.Watcher    // is told whether a peer is connected, see ReqGateway.Watch
	Security = access.Security // how the bridge proves to a backend who it is, see Config.Security
	Plain    = access.Plain    // a name and a password, see Security.Plain
	History  = access.History  // how much of what an endpoint publishes is kept, see Config.History
)
