// Package topic knows who wants what of a publisher.
//
// Subscriptions in ZeroMQ are prefixes: a message goes to whoever subscribed to a prefix of its topic, which is its first
// part. [Table] says which subscribers a topic concerns. [Interest] says which prefixes are wanted of a publisher, or of
// several, which of them each has been told and which it has proven to apply. [LastValues] keeps the last message of every topic for those
// who come later. [Change] is a subscription, or its end, as ZMTP 3.0 sends it.
//
// All of them are plain values: they start nothing, lock nothing and do no I/O. Each belongs to whoever holds the lock of
// the structure it is part of; that is a Feed of package pubsub on the side that subscribes, and a PUB or XPUB of package port
// on the side that publishes.
package topic
