package access

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Named is what stands behind the name of an endpoint, as far as a socket has to know it. Where it is, only the gateway asks.
type Named struct {
	Bind      bool              // the bridge listens there, or else it connects, whether the page says connect or bind
	Types     []core.SocketType // of sockets that it is for; nil: that is not known. Who does not say which gets the first one
	Addresses int               // how many there are; 0 counts as 1. To the page they are one endpoint, which is down when all of them are
}

// MaxAddresses is how many addresses a name may stand for.
const MaxAddresses = 64

// Terms are what an endpoint asks of those who send to it, and receive unasked. The zero Terms ask for nothing. Where a socket has several endpoints,
// a message has to be admitted by all of them.
type Terms struct {
	// Admit judges a message that a client sends, and returns what is passed on in its place, which may be the same. An error
	// refuses it: the text of a *core.Error reaches the page. It is called for one message of a socket after the other,
	// and must neither keep nor modify the message's parts. ctx ends in time. Nil: everything is admitted.
	Admit func(ctx context.Context, m core.Message) (core.Message, error)

	// Timeout is how long requests may take at most, and how long those take that do not say; 0: as server.Config says.
	Timeout time.Duration

	// Rate is how many messages per second are passed on. What comes faster waits, and its sender is given no more credit; 0:
	// there is no limit.
	Rate float64

	// Memory is how many bytes of messages and requests may wait for the backends of an endpoint, of all clients together. What would be
	// more is refused with busy, and a PUB leaves out subscribers that are far behind when there is half as much. Where a socket has several
	// endpoints, what waits counts at the first. 0: only what a client may have limits it.
	Memory int64

	// Hears tells whether a client may be sent a message with this topic. An XSUB is sent what its publisher sends, and not every
	// publisher sends only what was asked for. It is called on the reading goroutine of the connection to the publisher, and must not
	// keep the topic. Nil: it may be sent everything.
	Hears func(topic []byte) bool

	// Unique tells that the identity that a socket bears there is one that only one page may have at all bridges together, see
	// server.Config.Hold.
	Unique bool

	// Alone tells that a socket with this endpoint has no other, because what Admit makes of a message is for this backend only.
	Alone bool
}

// Holding is a name that one socket in all bridges has.
type Holding struct {
	Type     core.SocketType // REP for who answers under the name, else DEALER
	Endpoint core.Endpoint   // at which it is
	Identity string
}
