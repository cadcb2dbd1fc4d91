// Package cluster joins several bridges by way of NATS JetStream: an existing engine keeps what has to outlive a machine, and
// nothing in here replicates anything.
//
// [Open] makes a [Connection], which lasts until Close, whether NATS is there or not. What a bridge says and asks over it has
// files of its own. A bridge without `cluster` in its configuration never calls this package, and runs no code of NATS.
//
// [Presence] is who is there, and [Identities] who has which name: both are buckets. [Revocations] keep lists the same, by a bucket, too. [Orders] are what one bridge has all
// others do at once, [Users] the connections of each user at the others, and [LastValues] what they have heard last: these are messages that nobody keeps.
//
// # What is promised
//
// Every call has a deadline ([Deadline]). What cannot be sent at once is not kept to be sent later, because whoever had it sent
// would have given up by then. A connection that is lost is made again, for ever, in irregular intervals of up to two seconds. Nothing
// waits for NATS but who asked for something that only it knows.
//
// Goroutines: those of the NATS library, which end with Close, and those that doc comments name.
//
// Only server/cmd/zwb and server/admin import this package. What others need of it they are given as functions and small interfaces of their own.
package cluster
