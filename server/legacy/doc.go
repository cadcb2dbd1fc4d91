// Package legacy lets the bridge.js of 2012 work unchanged. That client sends and receives WebSocket text messages, each of
// which is one JSON object, and asks for no subprotocol.
//
// It is a dialect of package translator, so that authorization, limits, flow control and errors are the same as for today's
// clients, and the flaws of the old bridge are gone: the identities of a client are names within its own connection, REP binds
// only where a rule allows it, and a request that fails is answered with {"status":"error","error_msg":…}.
//
// Only the package server calls it. All of it runs with the lock of its translator.Conn held.
package legacy
