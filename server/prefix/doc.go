// Package prefix finds, for a topic, the prefixes it begins with.
//
// Subscriptions in ZeroMQ are prefixes: a message goes to whoever subscribed to a prefix of its first part. Both ends of
// the bridge ask that question. Towards ZeroMQ it decides which clients get a message of a publisher (package
// server/gateway/topic), towards a client it decides which of its subscriptions a message belongs to (package
// server/outbox).
//
// The package is a leaf. It imports nothing, starts nothing and locks nothing: a Tree belongs to whoever holds the lock
// of the structure it is part of.
package prefix
