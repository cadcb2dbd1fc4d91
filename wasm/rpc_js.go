//go:build js && wasm

package main

import "github.com/zmqwebbridge/zmqwebbridge/core"

// The exports in this file write and read the envelopes of RPC. Their input is laid out as a message, their output is
// JSON text. Values are JSON text here and JavaScript's to stringify and parse; an empty one is absent.

// rpcCall takes function name, args and kwargs, and makes the request.
//
//go:wasmexport rpcCall
func rpcCall(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 3)
	if err != nil {
		return settle(err)
	}
	call, err := core.AppendCall(output[:0], string(m[0]), m[1], m[2])
	emit(call)
	return settle(err)
}

// rpcResult takes the answer to a call and makes the value it carries, which is absent for undefined.
//
//go:wasmexport rpcResult
func rpcResult(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	value, err := core.ParseReturn(m[0])
	emit(append(output[:0], value...))
	return settle(err)
}

// rpcParse takes a call and makes three outputs: function name, args and kwargs.
//
//go:wasmexport rpcParse
func rpcParse(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	call, err := core.ParseCall(m[0])
	emit(append(append(append(output[:0], call.Func...), call.Args...), call.Kwargs...))
	results[resultSplit1] = uint32(len(call.Func))
	results[resultSplit2] = uint32(len(call.Func) + len(call.Args))
	return settle(err)
}

// rpcReturn takes a value and makes the answer that carries it.
//
//go:wasmexport rpcReturn
func rpcReturn(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	answer, err := core.AppendReturn(output[:0], m[0])
	emit(answer)
	return settle(err)
}

// rpcError takes a text and makes the answer of a call that failed.
//
//go:wasmexport rpcError
func rpcError(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	emit(core.AppendReturnError(output[:0], string(m[0])))
	return statusOK
}

// texts is inputParts of a call that takes exactly want.
func texts(count, size int32, want int) (core.Message, error) {
	if int(count) != want {
		return nil, errInput
	}
	return inputParts(count, size)
}
