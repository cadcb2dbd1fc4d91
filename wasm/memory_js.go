//go:build js && wasm

package main

import (
	"encoding/binary"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// These are the indices of the results that a call has beside its status. Each is a word of 32 bits, which JavaScript reads
// from linear memory (js/src/engine/memory.ts).
const (
	resultPlan       = iota // address of the plan
	resultPlanWords         // length of the plan in words
	resultText              // address of the texts of the plan, whose events have offsets into these bytes
	resultTextSize          // number of these bytes
	resultOutput            // address of the bytes that the call has made: a WebSocket message, or the JSON of an RPC
	resultOutputSize        // number of these bytes
	resultSplit1            // where the second output begins, if a call has made several
	resultSplit2            // where the third output begins
	resultIDLow             // number of the request, endpoint or subscription that the call has made
	resultIDHigh
	resultCode    // core.Code of the error
	resultRemote  // 1 if the error comes from the bridge
	resultClose   // the code with which to close the WebSocket, or 0
	resultFailure // address of the text of the error
	resultFailureSize

	resultCount
)

var (
	results [resultCount]uint32
	input   []byte // JavaScript writes here before a call
	output  []byte // the bytes that a call has made
	failure []byte // the text of the error of a call
	message core.Message
)

// keep is the most that a buffer keeps after a call that needed more. Linear memory never shrinks, but the Go heap inside it can
// be used again.
const keep = 1 << 20

// resultsAt returns the address of the results, which never changes.
//
//go:wasmexport resultsAt
func resultsAt() unsafe.Pointer { return unsafe.Pointer(&results) }

// alloc makes room for the input of the next call and returns its address.
//
//go:wasmexport alloc
func alloc(size int32) unsafe.Pointer {
	n := int(size)
	switch {
	case n > cap(input): // it is never small, because only large buffers are sure to be aligned for the words in them
		input = make([]byte, max(n, min(2*n, keep), 64<<10))
	case cap(input) > keep && n <= keep:
		input = make([]byte, keep)
	}
	input = input[:cap(input)]
	return unsafe.Pointer(unsafe.SliceData(input))
}

// inputParts reads a message from the input, which has the length of each part as a word, and then the parts. The message
// shares the memory of the input, so it is valid until the next call.
func inputParts(count, size int32) (core.Message, error) {
	header := 4 * int(count)
	if count < 0 || header > int(size) || int(size) > len(input) {
		return nil, errInput
	}
	lengths, rest := input[:header], input[header:size]
	message = message[:0]
	for ; len(lengths) > 0; lengths = lengths[4:] {
		n := int(binary.LittleEndian.Uint32(lengths))
		if n > len(rest) {
			return nil, errInput
		}
		message = append(message, rest[:n:n])
		rest = rest[n:]
	}
	return message, nil
}

var errInput = core.NewError(core.Internal, "malformed input to the engine")

// emit makes b the output of the call.
func emit(b []byte) {
	output = b
	results[resultOutputSize] = uint32(len(b))
}

// fail makes err the error of the call.
func fail(err error) {
	results[resultClose] = 0
	text := err.Error()
	if closing, ok := core.AsCloseError(err); ok {
		results[resultClose] = uint32(closing.Close)
		text = closing.Reason
	}
	results[resultRemote] = 0
	if coded, ok := core.AsError(err); ok {
		text = coded.Text
		if coded.Remote {
			results[resultRemote] = 1
		}
	}
	results[resultCode] = uint32(core.CodeOf(err))
	failure = append(failure[:0], text...)
}

// made makes id the number of what the call has made.
func made(id uint64) {
	results[resultIDLow], results[resultIDHigh] = uint32(id), uint32(id>>32)
}

// publish writes into the results where everything is now, because buffers move when they grow.
func publish() {
	results[resultPlan] = address(events.words)
	results[resultPlanWords] = uint32(len(events.words))
	results[resultText] = address(events.text)
	results[resultTextSize] = uint32(len(events.text))
	results[resultOutput] = address(output)
	results[resultFailure] = address(failure)
	results[resultFailureSize] = uint32(len(failure))
	if cap(output) > keep && len(output) <= keep {
		output = nil // its address is published, and JavaScript reads it before the next call
	}
}

// address returns the address of a slice in linear memory, which has 32-bit addresses.
func address[T any](s []T) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) }
