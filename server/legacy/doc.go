// Package legacy lets the bridge.js of 2012 work unchanged. That client sends and receives WebSocket text messages, each of
// which is one JSON object, and asks for no subprotocol.
//
// The package is a translator, not a second bridge. A Conn stands in front of the old client's WebSocket and runs a
// client.Client for it, so that to the bridge it is a zwb.v1 connection like any other. Authorization, limits, flow control
// and errors are therefore the same as for today's clients, and the flaws of the old bridge are gone: the identities of a
// client are names within its own connection, REP binds only where a rule allows it, and a request that fails is answered
// with {"status":"error","error_msg":…}.
//
// Only the package server calls it: Read in one goroutine and Write in another. Conn.mu guards the engine and everything
// that is derived from it, and is not held while the WebSocket is read or written. A Conn starts one goroutine, which reads
// from the WebSocket and ends with it.
package legacy
