// Package natstest runs real NATS servers for tests: one, or several that are a cluster, which are stopped, killed and started
// again, and parted from each other, or from who connects, by relays between them.
//
// The first test that wants one has it built: see [program].
package natstest
