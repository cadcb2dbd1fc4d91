// Package network is a bad network: a proxy between a client and the bridge, whose connections are cut, delayed and
// corrupted as a schedule says. The command calls it, and goroutines of its own carry the bytes: two for each connection. A
// proxy and each connection have a lock, and neither is held while bytes are carried. It imports schedule.
package network
