//go:build js && wasm

package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
)

// The exports in this file write and read the JSON of remote calls. Their input is a message, as inputParts reads it, and their
// output is JSON text. They handle values as JSON text, too, which JavaScript makes and parses. An empty text means that there
// is no value.

// rpcCall takes the name of a function, args and kwargs, and makes the call.
//
//go:wasmexport rpcCall
func rpcCall(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 3)
	if err != nil {
		return settle(err)
	}
	call, err := rpc.AppendCall(output[:0], string(m[0]), m[1], m[2])
	emit(call)
	return settle(err)
}

// rpcResult takes the answer to a call and returns the value in it. There is no value if the function returned undefined.
//
//go:wasmexport rpcResult
func rpcResult(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	value, err := rpc.ParseReturn(m[0])
	emit(append(output[:0], value...))
	return settle(err)
}

// rpcParse takes a call and makes three outputs: the name of the function, args and kwargs.
//
//go:wasmexport rpcParse
func rpcParse(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	call, err := rpc.ParseCall(m[0])
	emit(append(append(append(output[:0], call.Func...), call.Args...), call.Kwargs...))
	results[resultSplit1] = uint32(len(call.Func))
	results[resultSplit2] = uint32(len(call.Func) + len(call.Args))
	return settle(err)
}

// rpcReturn takes a value and makes the answer that has it.
//
//go:wasmexport rpcReturn
func rpcReturn(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	answer, err := rpc.AppendReturn(output[:0], m[0])
	emit(answer)
	return settle(err)
}

// rpcError takes the text of an error and makes the answer to a call that has failed.
//
//go:wasmexport rpcError
func rpcError(count, size int32) (status int32) {
	defer leave(&status)
	enter()
	m, err := texts(count, size, 1)
	if err != nil {
		return settle(err)
	}
	emit(rpc.AppendReturnError(output[:0], string(m[0])))
	return statusOK
}

// texts reads the input of a call that takes exactly want parts.
func texts(count, size int32, want int) (core.Message, error) {
	if int(count) != want {
		return nil, errInput
	}
	return inputParts(count, size)
}
