// Package stream keeps durable histories in NATS JetStream: each is one stream of it, and who may append to it holds a lease in a
// bucket. [Store] is the durable.Store that package gateway asks.
//
// Nothing in here replicates, or decides anything: JetStream refuses what is not appended right behind the entry that it was meant to
// be behind, and forgets a lease that is not renewed.
//
// Goroutines: a Lease has one, which ends with Release, or when the lease is lost. All else belongs to who calls.
package stream
