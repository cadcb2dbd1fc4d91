// Package natstest runs real NATS servers for tests: one, or several that are a cluster, which are stopped, killed and started again.
//
// The first test that wants one builds nats-server from its module, into a folder of the user's cache, where later ones find it.
package natstest
