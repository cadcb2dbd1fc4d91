// Package echopeer is a peer of ZeroMQ that is written by hand and does not use the gateways, so that these are not only tested against
// themselves.
//
// Who may call it: zwb doctor (package selftest), and tests. A Peer serves its connections on goroutines of its own, until Close.
package echopeer
