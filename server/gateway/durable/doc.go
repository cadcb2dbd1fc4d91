// Package durable is about the histories that outlive the bridge: what a publisher says becomes a stream of entries in a Store that
// all bridges of a cluster have in common, and every one of them delivers what the stream brings.
//
// An [Ingester] hears the publisher and appends to the stream while it holds the lease of the feed. One that does not hold it is a
// standby: it hears the same, keeps the last seconds in a bounded ring ([recent], [Room]), and goes on exactly behind the stream's last message
// when it gets the lease; see match.go. What is heard in short intervals becomes one entry; see gathering.go. Each append states which entry it
// comes behind, so that a late ingester is refused whatever it believes. A [Follower] hands what the stream brings to a feed, all entries together
// that have come, and an [Archive] reads what is older than what the bridge has in memory.
//
// The offsets of messages are counted in the entries themselves, from 1 on without a gap. So a position means the same at every
// bridge, and how many messages lie between two of them is known without reading any.
//
// Package gateway makes one of each for a feed. An Ingester is called by the reader goroutine of the feed that hears the publisher,
// and has a goroutine of its own, as a Follower has; an Archive is called by anybody. No lock is held while the Store is asked.
package durable
