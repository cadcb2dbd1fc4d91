// Package vectors has the golden vectors of zwb.v1: frames and a conversation as bytes, and what they mean. They are in
// frames.json, for every implementation of the protocol; this package reads them for tests in Go.
//
// Who may call it: tests, on their own goroutine.
package vectors
