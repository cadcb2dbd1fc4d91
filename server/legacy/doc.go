// Package legacy lets the bridge.js of 2012 work unchanged: WebSocket text messages, one JSON object each, no
// subprotocol.
//
// It is a translator, not a second bridge: a Conn stands in front of the old client's WebSocket and runs a core.Client
// for it, so that to the bridge it is a zwb.v1 connection like any other. Authorization, limits, flow control and
// errors are therefore the same, and the flaws of the old bridge have nowhere to live: a client's identities are names
// within its own connection, REP binds where a rule allows it, refused means refused, and a request that fails is
// answered, with {"status":"error","error_msg":…}.
package legacy
