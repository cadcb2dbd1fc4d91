// Package signal wakes goroutines that wait for a change of something under a lock.
//
// Who may call it: core/zmq, under the lock that also guards the signal.
package signal
