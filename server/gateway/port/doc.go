// Package port joins pages to ZeroMQ sockets of the types that send and receive messages unasked: all but REQ, REP, and a SUB
// that connects.
//
// A [Hub] is such a socket: connections on one side, a [Port] for each page on the other, and between them the pattern of its
// type. balancer is that of PUSH, PULL, DEALER and PAIR; router, publisher and subscriber are those of the types of these names
// and their X variants. members share out among the ports what comes in, pipe is what waits for one peer, and handover what
// happens when a name goes from one page to the next. [Reach] tells how a port stands to its peers.
//
// Package gateway makes hubs, and decides which ports share one. A Port may be called by anybody, from any goroutine, and
// waits for nobody; a [Receiver] is called from the reader goroutine of a connection, never with a lock held. Every pattern
// has one lock for its peers and one for its ports, the members'; herald, openings and each pipe have their own below these.
// None of them is held across I/O or a callback.
package port
