//go:build js && wasm

// Package main is the engine of a page: it exports client.Client to JavaScript, and decides nothing by itself. js/build
// compiles it into zmq.wasm, and js/src/engine is the only caller.
//
// There are two ways in. Traffic goes through functions that are exported from the module, because such a call costs only
// 16 ns: JavaScript writes bytes into linear memory (the memory of the module) and calls; then it reads the results, a plan
// of events, and the bytes to send. Control, which is clients, sockets and addresses, goes through functions that main gives
// to JavaScript once, when it starts (safejs).
//
// No entry point blocks, calls back into JavaScript, or keeps what it was given, and none throws. Each returns a status. Each
// also recovers from a panic, so that a bug costs this instance, but never the page. There is one goroutine, and no lock.
package main
