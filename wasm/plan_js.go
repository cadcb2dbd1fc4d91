//go:build js && wasm

package main

import (
	"math"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// plan is what a call made happen: core's events as words that JavaScript reads out of linear memory when the call has
// returned (js/src/engine/plan.ts). A record is
//
//	kind | code << 8 | remote << 16, socket, id low, id high, count, text offset, text length, number of parts
//
// and then the offset and length of each part. Parts are ranges of the bytes that were fed, which JavaScript still has:
// a message is never copied on its way out. Count is Missed or Millis, whichever the kind has. Of EventMessage and
// EventPositioned, id is Offset and count the endpoint.
type plan struct {
	words []uint32
	text  []byte
}

var events plan

func (p *plan) reset() { p.words, p.text = p.words[:0], p.text[:0] }

// add is the sink of every client. The text is copied: it may alias anything.
func (p *plan) add(e *core.Event) {
	head := uint32(e.Kind) | uint32(e.Code)<<8
	if e.Remote {
		head |= 1 << 16
	}
	id, count := e.ID, max(e.Missed, e.Millis)
	switch e.Kind {
	case core.EventMessage:
		id, count = e.Offset, e.Endpoint
	case core.EventPositioned:
		id, count = e.Offset, e.ID
	}
	p.words = append(p.words, head, e.Socket, uint32(id), uint32(id>>32), uint32(min(count, math.MaxUint32)),
		uint32(len(p.text)), uint32(len(e.Text)), uint32(len(e.Parts)))
	p.text = append(p.text, e.Text...)
	base := uintptr(unsafe.Pointer(unsafe.SliceData(input)))
	for _, part := range e.Parts {
		offset := uint32(0) // an empty part points nowhere in particular
		if len(part) > 0 {
			offset = uint32(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - base)
		}
		p.words = append(p.words, offset, uint32(len(part)))
	}
}
