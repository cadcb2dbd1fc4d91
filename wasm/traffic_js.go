//go:build js && wasm

package main

import "github.com/zmqwebbridge/zmqwebbridge/core"

// The exports in this file send on a socket. The message is in the input: count parts, size bytes in all.

const flagIdempotent = 1

// request makes the number of the request the result. A timeout of 0 is the client's default.
//
//go:wasmexport request
func request(handle, socket, count, size int32, timeout float64, flags int32, now float64) (status int32) {
	defer leave(&status)
	enter()
	c, m, err := outgoing(handle, count, size)
	if err != nil {
		return settle(err)
	}
	opts := core.RequestOptions{Timeout: moment(timeout), Idempotent: flags&flagIdempotent != 0}
	id, err := c.Request(uint32(socket), m, opts, moment(now))
	made(id)
	return settle(err)
}

//go:wasmexport cancel
func cancel(handle, socket int32, id float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	c.Cancel(uint32(socket), uint64(id))
	return statusOK
}

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

// reply answers the request of this number.
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

// consumed tells that the application is done with so many messages, of so many bytes.
//
//go:wasmexport decline
func decline(handle, socket int32, id float64) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	c.Decline(uint32(socket), uint64(id))
	return statusOK
}

//go:wasmexport consumed
func consumed(handle, socket, messages, bytes int32) (status int32) {
	defer leave(&status)
	enter()
	c, err := client(handle)
	if err != nil {
		return settle(err)
	}
	c.Consumed(uint32(socket), int(messages), int(bytes))
	return statusOK
}

func outgoing(handle, count, size int32) (*core.Client, core.Message, error) {
	c, err := client(handle)
	if err != nil {
		return nil, nil, err
	}
	m, err := inputParts(count, size)
	return c, m, err
}
