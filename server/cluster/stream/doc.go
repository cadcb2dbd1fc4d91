// Package stream keeps durable histories in NATS JetStream: each is one stream of it, and who may append to it holds a lease in a
// bucket. [Store] is the durable.Store that package gateway asks.
//
// Nothing in here replicates, or decides anything: JetStream refuses what is not appended right behind the entry that it was meant to
// be behind, and forgets a lease that is not renewed.
//
// Nothing is waited for without a deadline, and what NATS does not get over by itself while its servers become a cluster, or choose another
// leader, is asked anew: a consumer that does not say anything, or brings less than there is ([consumption]), and a lease that is not
// forgotten ([claim]).
//
// Goroutines: a Lease has one, which ends with Release, or when the lease is lost. What a consumer brings comes on one of the library's, and is
// taken on one that Follow has until it returns. All else belongs to who calls.
package stream
