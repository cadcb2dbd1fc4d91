// Package coretest tests what carries zwb.v1. It is for tests only; no program imports it.
//
// [TestConn] is the contract of a transport, as core/wsconn and core/zmq describe it. Every transport has to pass it. It
// starts goroutines and waits for them.
//
// In folders of their own: simulator runs both ends of the protocol over a network that lies, vectors has the golden
// vectors of the wire, wait is how tests wait for what nothing announces, unused the ports they listen at, race tells
// whether the race detector slows them, and the command nodeexec runs tests that are compiled to wasm under Node.
package coretest
