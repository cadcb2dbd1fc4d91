//go:build js && wasm

package main

import (
	"math"
	"unsafe"

	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// plan has the events that a call has caused, as words of 32 bits. JavaScript reads them from linear memory when the call has
// returned (js/src/engine/plan.ts). The record of an event is
//
//	kind | code << 8 | remote << 16, socket, id low, id high, count, text offset, text length, number of parts
//
// and then the offset and the length of each part. The offsets point into the bytes that were fed. JavaScript still has these
// bytes, so a message is not copied on its way to the page. Count is Missed or Millis, whichever the kind of event has. In
// EventMessage and EventPositioned, id is the Offset and count is the endpoint.
type plan struct {
	words []uint32
	text  []byte
}

var events plan

func (p *plan) reset() { p.words, p.text = p.words[:0], p.text[:0] }

// add gets every event of every client. It copies the text, because its memory may belong to anybody.
func (p *plan) add(e *client.Event) {
	head := uint32(e.Kind) | uint32(e.Code)<<8
	if e.Remote {
		head |= 1 << 16
	}
	id, count := e.ID, max(e.Missed, e.Millis)
	switch e.Kind {
	case client.EventMessage:
		id, count = e.Offset, e.Endpoint
	case client.EventPositioned:
		id, count = e.Offset, e.ID
	}
	p.words = append(p.words, head, e.Socket, uint32(id), uint32(id>>32), uint32(min(count, math.MaxUint32)),
		uint32(len(p.text)), uint32(len(e.Text)), uint32(len(e.Parts)))
	p.text = append(p.text, e.Text...)
	base := uintptr(unsafe.Pointer(unsafe.SliceData(input)))
	for _, part := range e.Parts {
		offset := uint32(0) // the pointer of an empty part has no meaning
		if len(part) > 0 {
			offset = uint32(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - base)
		}
		p.words = append(p.words, offset, uint32(len(part)))
	}
}
