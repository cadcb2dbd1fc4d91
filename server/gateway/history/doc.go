// Package history keeps what a publisher, or several together, have said, for subscribers that come back and want what they missed.
//
// A [Log] keeps messages in the order in which they came, each with an offset, within the bounds of an access.History.
// Where messages are missing because a publisher was away it has a hole. The name of a log, its epoch, and an offset are
// a position, which a subscriber can bring back later. A [Replay] reads the log from such a position on, as far as its
// [Selection] wants it.
//
// A Log is a plain value: it starts nothing and locks nothing, and its owner (a Feed of package pubsub) guards it with a
// lock. A Replay is used by one goroutine at a time, without that lock: it takes the lock itself, each time for as long as
// it takes to look at a bounded number of messages. No lock is held while the reader's own filter is called.
package history
