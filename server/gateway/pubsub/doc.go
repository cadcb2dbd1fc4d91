// Package pubsub is the way from a publisher, or from several that are one to those who subscribe, to everybody who does.
//
// A [Feed] subscribes upstream to the union of everybody's prefixes, gives each message that comes to those it concerns,
// keeps last values and a history where that is wanted, and outlives connections. [Feed.Attach] makes a [Subscription], the
// prefixes of one [Subscriber]; a [Follower] is also told where it stands in the history. The synchronizer, one for each
// connection, tells the publisher what is wanted and finds out from when on that is live.
//
// Package gateway calls it: it makes the feed, and gives it each connection to a publisher with Serve. What a feed knows has
// one lock. Who routes a message also keeps it under that lock, so that a new subscriber gets it once: as a message or out of
// what is kept. The lock is never held while a subscriber, a live or a connection is called. Connections to several publishers
// route and deliver in turn, all that came with one read at a time. Deliver comes from the reader goroutine of the connection;
// the methods of a Subscription may be called by anybody.
package pubsub
