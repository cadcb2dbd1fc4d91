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
// EventPositioned, id is the Offset and count is the endpoint.
//
// Messages are so many that they have a record of their own, the run: messages of one socket that follow one another.
//
//	EventMessage, socket, number of messages, endpoint, offset low, offset high
//
// and then for each message where its payload is, the length of the payload, the number of parts, and the length of each part
// but the last. A message that has a place in a history is a run by itself; in any other, endpoint and offset are 0.
type plan struct {
	words []uint32
	text  []byte
	run   int // where the socket of the run stands to which another message may be added; 0: nowhere
}

var events plan

func (p *plan) reset() { p.words, p.text, p.run = p.words[:0], p.text[:0], 0 }

// add gets every event of every client. It copies the text, because its memory may belong to anybody.
func (p *plan) add(e *client.Event) {
	p.run = 0
	head := uint32(e.Kind) | uint32(e.Code)<<8
	if e.Remote {
		head |= 1 << 16
	}
	id, count := e.ID, max(e.Missed, e.Millis)
	if e.Kind == client.EventPositioned {
		id, count = e.Offset, e.ID
	}
	p.words = append(p.words, head, e.Socket, uint32(id), uint32(id>>32), uint32(min(count, math.MaxUint32)),
		uint32(len(p.text)), uint32(len(e.Text)), uint32(len(e.Parts)))
	p.text = append(p.text, e.Text...)
	for _, part := range e.Parts {
		p.words = append(p.words, place(part), uint32(len(part)))
	}
}

// arrived gets every message of every client, and adds it to events.
func arrived(a *client.Arrival) {
	p := &events
	if p.run == 0 || p.words[p.run] != a.Socket || a.Offset != 0 {
		p.run = len(p.words) + 1
		p.words = append(p.words, uint32(client.EventMessage), a.Socket, 0, uint32(a.Endpoint), uint32(a.Offset), uint32(a.Offset>>32))
	}
	p.words[p.run+1]++
	if a.Offset != 0 {
		p.run = 0
	}
	last := len(a.Lengths) - 1
	p.words = append(p.words, place(a.Payload), uint32(len(a.Payload)), uint32(last+1))
	p.words = append(p.words, a.Lengths[:last]...)
}

// place returns where some of the input begins in it.
func place(b []byte) uint32 {
	if len(b) == 0 {
		return 0 // the pointer of nothing has no meaning
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(unsafe.SliceData(input))))
}
