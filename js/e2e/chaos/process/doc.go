// Package process starts what can be killed: the bridge, and the backends, which are Python programs with libzmq. They write
// down every step, so that what they have done is known however they end. The command calls it, from one goroutine at a
// time. It imports nothing of the command.
package process
