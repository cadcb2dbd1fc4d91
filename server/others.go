package server

import "github.com/zmqwebbridge/zmqwebbridge/server/session"

// Others is what [Config.Others] asks. Both methods are called with a Config.UserKey, by any goroutine, and must not wait: Elsewhere is how many connections
// that user has at other bridges, and Changed is told that UserConnections is another number now.
type Others = session.Others

// UserConnections is how many connections a user (Config.UserKey) has at this bridge, as long as their number is limited.
func (b *Bridge) UserConnections(user string) int { return b.sessions.UserConnections(user) }
