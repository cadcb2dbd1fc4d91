//go:build js && wasm

package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// The exports in this file are what a page does with the messages of a socket. A message to send is in the input: count
// parts, which with their lengths are size bytes.

// flagIdempotent is IDEMPOTENT in js/src/engine/abi.ts.
const flagIdempotent = 1

// request sends a request, and leaves its number in the results. now and timeout are in milliseconds; a timeout of 0 is the
// client's default.
//
//go:wasmexport request
func request(handle, socket, count, size int32, timeout float64, flags int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, m, err := outgoing(handle, count, size)
	if err != nil {
		return settle(err)
	}
	opts := client.RequestOptions{Timeout: moment(timeout), Idempotent: flags&flagIdempotent != 0}
	id, err := c.Request(uint32(socket), m, opts, moment(now))
	made(id)
	return settle(err)
}

// cancel gives up on the request with this number, which this page has sent.
//
//go:wasmexport cancel
func cancel(handle, socket int32, id float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	c.Cancel(uint32(socket), uint64(id))
	return statusOK
}

// send sends a message. It fails with core.Busy when the socket's queue is full; EventWritable follows then.
//
//go:wasmexport send
func send(handle, socket, count, size int32) (status int32) {
	defer leave(&status)
	enter()
	c, m, err := outgoing(handle, count, size)
	if err != nil {
		return settle(err)
	}
	return settle(c.Send(uint32(socket), m))
}

// reply answers the request with this number, which a backend has sent.
//
//go:wasmexport reply
func reply(handle, socket, count, size int32, id float64) (status int32) {
	defer leave(&status)
	enter()
	c, m, err := outgoing(handle, count, size)
	if err != nil {
		return settle(err)
	}
	return settle(c.Reply(uint32(socket), uint64(id), m))
}

// decline says that the request with this number, which a backend has sent, will not be answered.
//
//go:wasmexport decline
func decline(handle, socket int32, id float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	c.Decline(uint32(socket), uint64(id))
	return statusOK
}

// consumed says that the page is done with so many messages, of so many bytes in all, since it said so last. It returns 1 if
// the bridge is granted credit for them, and 0 if not yet.
//
//go:wasmexport consumed
func consumed(handle, socket, messages, bytes int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := clientOf(handle)
	if err != nil {
		return settle(err)
	}
	return int32(truth(c.Consumed(uint32(socket), int(messages), int(bytes))))
}

// outgoing finds the client of a handle, and reads the message in the input.
func outgoing(handle, count, size int32) (*client.Client, core.Message, error) {
	c, err := clientOf(handle)
	if err != nil {
		return nil, nil, err
	}
	m, err := inputParts(count, size)
	return c, m, err
}
