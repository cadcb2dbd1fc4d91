package port

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Receiver takes the messages of a Port. Receive is called from the reader goroutine of a connection, or from within
// [Port.Resume] and [Hub.Attach], never with a lock held, must not block, and owns m. When several peers are connected
// to a socket that listens, calls overlap.
//
// False says that there is no room. The port keeps m, stops reading the connection m came over, which is ZeroMQ's
// back-pressure, and offers m again after [Port.Resume].
//
// As with a pubsub.Subscriber, who holds messages for long holds copies.
//
// On a SUB or XSUB that listens m is shared with other pages and must not be modified; and since one page must not hold up
// the others it is not offered again, but dropped and counted.
type Receiver interface {
	Receive(m core.Message) bool
}

// ExcessReceiver is a Receiver that wants to know of messages that were left out because they were over one of Config.Limits.
// It is told where they are missing; ReceiveExcess is called like Receive. The topic is known of a SUB or XSUB alone, and of it
// no more than was read before it was too much.
type ExcessReceiver interface {
	ReceiveExcess(topic []byte) bool
}
