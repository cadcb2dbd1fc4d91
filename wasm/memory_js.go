//go:build js && wasm

package main

import (
	"encoding/binary"
	"errors"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// What a call says beside its status, in words that JavaScript reads out of linear memory (js/src/engine/memory.ts).
const (
	resultPlan       = iota // address of the plan
	resultPlanWords         // its length in words
	resultText              // address of the bytes that text in the plan is an offset into
	resultTextSize          // their number
	resultOutput            // address of bytes made by the call: a batch to write, an RPC envelope
	resultOutputSize        // their number
	resultSplit1            // where the second and the third of several outputs begin
	resultSplit2
	resultIDLow // number of the request just made
	resultIDHigh
	resultCode    // the error: core.Code,
	resultRemote  // 1 when the bridge said it,
	resultClose   // the code to close the WebSocket with, or 0,
	resultFailure // address of its text
	resultFailureSize

	resultCount
)

var (
	results [resultCount]uint32
	input   []byte // what JavaScript lays down before a call
	output  []byte // what a call makes
	failure []byte // text of its error
	message core.Message
)

// keep is the most a buffer holds on to after a call that needed more: linear memory never shrinks, but the Go heap
// inside it can be used again.
const keep = 1 << 20

// resultsAt is where results stand, for good.
//
//go:wasmexport resultsAt
func resultsAt() unsafe.Pointer { return unsafe.Pointer(&results) }

// alloc makes room for the input of the next call and returns its address.
//
//go:wasmexport alloc
func alloc(size int32) unsafe.Pointer {
	n := int(size)
	switch {
	case n > cap(input): // never a small one: words are laid down in it, and have to be aligned
		input = make([]byte, max(n, min(2*n, keep), 64<<10))
	case cap(input) > keep && n <= keep:
		input = make([]byte, keep)
	}
	input = input[:cap(input)]
	return unsafe.Pointer(unsafe.SliceData(input))
}

// inputParts reads a message off the input: the length of each part as a word, then the parts. It aliases the input and
// is valid until the next call.
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
	var closing *core.CloseError
	results[resultClose] = 0
	text := err.Error()
	if errors.As(err, &closing) {
		results[resultClose] = uint32(closing.Close)
		text = closing.Reason
	}
	var coded *core.Error
	results[resultRemote] = 0
	if errors.As(err, &coded) {
		text = coded.Text
		if coded.Remote {
			results[resultRemote] = 1
		}
	}
	results[resultCode] = uint32(core.CodeOf(err))
	failure = append(failure[:0], text...)
}

// made makes id the number of the request that the call made.
func made(id uint64) {
	results[resultIDLow], results[resultIDHigh] = uint32(id), uint32(id>>32)
}

// publish says where everything stands by now: buffers move when they grow.
func publish() {
	results[resultPlan] = address(events.words)
	results[resultPlanWords] = uint32(len(events.words))
	results[resultText] = address(events.text)
	results[resultTextSize] = uint32(len(events.text))
	results[resultOutput] = address(output)
	results[resultFailure] = address(failure)
	results[resultFailureSize] = uint32(len(failure))
	if cap(output) > keep && len(output) <= keep {
		output = nil // published; JavaScript reads it before the next call
	}
}

// address of a slice in linear memory, which has 32-bit addresses.
func address[T any](s []T) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(s)))) }
