//go:build js && wasm

package main

import (
	"math"
	"time"
)

// The exports in this file pass bytes and the time between a WebSocket and its client. The time is performance.now(), in
// milliseconds.

func moment(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// start calls Start of the client: the WebSocket has opened.
//
//go:wasmexport start
func start(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	c.Start(moment(now))
	return statusOK
}

// feed takes a WebSocket message of this size from the input. Afterwards the plan has the events that the message has caused. If
// feed fails in the middle of the message, the plan has the events up to there, and the error says how to close the WebSocket.
// It returns 1 if there is something to take, and 0 otherwise.
//
//go:wasmexport feed
func feed(handle, size int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	if size < 0 || int(size) > len(input) {
		return settle(errInput)
	}
	if err := c.Feed(input[:size], moment(now)); err != nil {
		return settle(err)
	}
	return int32(truth(c.HasBatch()))
}

// tick calls Tick of the client: the time of next has come. It fails as feed does.
//
//go:wasmexport tick
func tick(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	return settle(c.Tick(moment(now)))
}

// probe calls Probe of the client: the network may have changed.
//
//go:wasmexport probe
func probe(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	c.Probe(moment(now))
	return statusOK
}

// rtt returns how many microseconds the bridge took to answer the last Ping of the client. It returns 0 while an answer is
// outstanding, and where there was none on this connection.
//
//go:wasmexport rtt
func rtt(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	took := c.RTT()
	return int32(min((took+time.Microsecond-1)/time.Microsecond, math.MaxInt32))
}

// never is what next returns if no tick is needed.
const never = math.MaxInt32

// next returns in how many milliseconds tick is due.
//
//go:wasmexport next
func next(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return never
	}
	at, pending := c.Next()
	if !pending {
		return never
	}
	return int32(min(max(0, math.Ceil(float64(at)/float64(time.Millisecond)-now)), never))
}

// take writes the next WebSocket message to send into the output, and returns its size. It returns 0 if there is none.
//
//go:wasmexport take
func take(handle int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	emit(c.Take(output[:0], moment(now)))
	return int32(len(output))
}

// idle returns 1 if nothing would be lost by closing the connection now, and 0 otherwise.
//
//go:wasmexport idle
func idle(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	if c.Idle() {
		return 1
	}
	return 0
}

// lingers returns 1 if something that was sent has yet to leave, and 0 otherwise.
//
//go:wasmexport lingers
func lingers(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	return int32(truth(c.Lingers()))
}

// queued returns how many bytes wait to be taken.
//
//go:wasmexport queued
func queued(handle int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	return int32(c.Queued())
}
