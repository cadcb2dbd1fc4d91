// Package zws serves the named endpoints of a bridge to peers that speak ZeroMQ over WebSockets themselves: ZWS 2.0
// (https://rfc.zeromq.org/spec/45/), as libzmq with ws:// does, and what is built on it, jszmq, and omq.ts. A peer is not changed: it connects
// to ws://BRIDGE/zws/NAME, and the socket that it is has its counterpart here, which is one of the bridge, at the backend that it would
// have connected to.
//
// It is a dialect of package translator, so that there is no second way past authorization, limits and flow control. Only the package
// server calls it. All of it but Parse and New runs with the lock of its translator.Conn held.
package zws
