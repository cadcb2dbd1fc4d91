// Package program builds nats-server from its module, for tests and examples that run it. Its version stands here and nowhere else.
//
// What is built stays in a folder of the user's cache, where later callers find it. Any number of processes may ask at once.
package program
