//go:build js && wasm

package main

import (
	"runtime/debug"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A status is what every entry point returns: a value of its own from 0 up, or one of these.
const (
	statusOK     = 0
	statusFailed = -1 // the error stands in results
	statusDied   = -2 // a bug: the instance is of no use any more
)

// clients are the contexts of the page by handle.
var (
	clients    = map[int32]*core.Client{}
	lastClient int32
)

// client finds the client of a handle.
func client(handle int32) (*core.Client, error) {
	if c := clients[handle]; c != nil {
		return c, nil
	}
	return nil, core.NewError(core.Closed, "the context is closed")
}

// enter begins every entry point: what the last call said is forgotten.
func enter() {
	events.reset()
	failure = failure[:0]
}

// leave ends every entry point, deferred: it publishes what happened, and turns a panic into a status. What a panic
// leaves behind nobody knows, so JavaScript does not call this instance again.
func leave(status *int32) {
	if cause := recover(); cause != nil {
		println(string(debug.Stack())) // os.Stderr would wait for JavaScript
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

// settle is the status of an operation that ended with err.
func settle(err error) int32 {
	if err == nil {
		return statusOK
	}
	fail(err)
	return statusFailed
}
