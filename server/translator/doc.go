// Package translator lets clients in that do not speak zwb.v1, over a WebSocket of theirs. To the bridge each of them is a connection of
// zwb.v1 like any other: a Conn stands in front of the WebSocket and runs a client.Client for it. So authorization, limits, flow
// control, history and errors are the same as for pages. How such a client speaks is its Dialect; packages legacy, plain and zws have
// one each.
//
// Only these and the package server call it. The session calls Read in one goroutine and Write in another. A Conn starts one
// goroutine, which reads from the WebSocket and ends with it, and has a timer until Close or Drop. Conn.mu guards the engine and
// all that is derived from it, the dialect too. It is not held while the WebSocket is read or written.
package translator
