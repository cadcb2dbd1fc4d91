//go:build js && wasm

package main

import (
	"runtime/debug"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Every entry point returns a status: one of these, or a result of its own, which is 0 or more.
const (
	statusOK     = 0
	statusFailed = -1 // the error is in results
	statusDied   = -2 // a bug was found, and the instance cannot be used any more
)

// clients has the client of each context of the page, by its handle.
var (
	clients    = map[int32]*client.Client{}
	lastClient int32
)

// clientOf returns the client with this handle.
func clientOf(handle int32) (*client.Client, error) {
	if c := clients[handle]; c != nil {
		return c, nil
	}
	return nil, core.NewError(core.Closed, "the context is closed")
}

// enter begins every entry point. It removes the events and the error of the last call.
func enter() {
	events.reset()
	failure = failure[:0]
}

// leave ends every entry point, as a deferred call. It publishes what has happened, and turns a panic into a status. After a
// panic nobody knows in which state the clients are, so JavaScript does not call this instance again.
func leave(status *int32) {
	if cause := recover(); cause != nil {
		println(string(debug.Stack())) // writing to os.Stderr would block until JavaScript runs
		fail(core.NewError(core.Internal, "the engine failed: "+causeText(cause)))
		*status = statusDied
	}
	publish()
}

func causeText(cause any) string {
	switch cause := cause.(type) {
	case error:
		return cause.Error()
	case string:
		return cause
	}
	return "panic"
}

// settle returns the status of an operation that has ended with err, and keeps the error for JavaScript.
func settle(err error) int32 {
	if err == nil {
		return statusOK
	}
	fail(err)
	return statusFailed
}
