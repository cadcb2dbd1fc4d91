//go:build js && wasm

package main

import (
	"math"
	"time"
)

// The exports in this file move bytes and the time between a WebSocket and its client. Time is performance.now(), in
// milliseconds.

func moment(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// start is core's Start: the WebSocket has opened.
//
//go:wasmexport start
func start(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	c.Start(moment(now))
	return statusOK
}

// feed takes the WebSocket message in the input. What it brought stands in the plan, also when it failed half-way: the
// error then says how to close the WebSocket.
//
//go:wasmexport feed
func feed(handle, size int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	if size < 0 || int(size) > len(input) {
		return settle(errInput)
	}
	return settle(c.Feed(input[:size], moment(now)))
}

// tick is core's Tick; it fails as feed does.
//
//go:wasmexport tick
func tick(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	return settle(c.Tick(moment(now)))
}

// never is what next returns when nothing is pending.
const never = math.MaxInt32

// next returns the milliseconds until tick is due.
//
//go:wasmexport next
func next(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return never
	}
	at, pending := c.Next()
	if !pending {
		return never
	}
	return int32(min(max(0, math.Ceil(float64(at)/float64(time.Millisecond)-now)), never))
}

// take makes the next WebSocket message to write the output, and returns its size.
//
//go:wasmexport take
func take(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	emit(c.Take(output[:0], moment(now)))
	return int32(len(output))
}

// idle tells whether leaving now would lose nothing: 1, or 0.
//
//go:wasmexport idle
func idle(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	if c.Idle() {
		return 1
	}
	return 0
}

// queued is the number of bytes waiting to be taken.
//
//go:wasmexport queued
func queued(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	return int32(c.Queued())
}
