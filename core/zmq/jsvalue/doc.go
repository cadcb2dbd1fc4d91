// Package jsvalue makes JSON text of Go values, as JSON.stringify would in a page, and reads what other languages write.
//
// Who may call it: core/zmq and its rooms. There are only functions here, without a state, so any goroutine may call them.
package jsvalue
