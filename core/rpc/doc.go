// Package rpc writes and reads the envelopes of remote procedure calls (PROTOCOL.md, section 14), as JSON text. It knows
// where the function's name, its arguments and its result stand in that text. Their values it hands on as they are, as JSON
// text too, so that nothing here reflects on types, and a page pays nothing for it.
//
// [AppendCall] and [ParseReturn] are for who calls; [ParseCall] and [AppendReturn] are for who is called.
//
// Who may call it: core/zmq and wasm, which do the requests themselves. There are only functions here, without a state, so
// any goroutine may call them, and there is no lock.
package rpc
