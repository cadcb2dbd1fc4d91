// Package intruder is a client that says what it likes: any header, any frame, any bytes, and no answer to what it hears.
//
// Who uses it: the tests that attack a running bridge, and make abuse. A Door is where the bridge is and what the handshake says;
// Knock opens a WebSocket, which is written by hand, so that it may be as wrong as wanted. Every wait has an end.
package intruder
