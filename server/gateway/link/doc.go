// Package link makes connections to ZeroMQ peers and keeps making them.
//
// A [Link] dials one backend: it connects, shakes hands, gives the connection to its [Role] to be used, and when that is
// over waits, longer each time it fails, and dials again. A [Listener] accepts peers at one endpoint and gives each to the
// function it was started with. [Status] remembers whether the backend can be reached, and tells every [Watcher].
//
// The rooms of package gateway stand on it; it knows nothing of them, nor of messages. Which goroutine calls: a Link's
// role is called from the one goroutine of the link, a Listener's function from a goroutine for each peer, a Watcher from
// whichever goroutine made the change, never with a lock held. Start, Stop, Join and Status may be called by anybody; Stop
// does not wait, and after Join every goroutine has ended.
package link
