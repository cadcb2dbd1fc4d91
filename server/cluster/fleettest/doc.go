// Package fleettest runs a fleet for tests: bridges, which are processes of zwb, behind HAProxy, and NATS servers, with a relay between each
// bridge and each of them. It also has what may happen to a fleet ([Fault]), one thing at a time. A test calls it, on its own goroutine.
package fleettest
