package main

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// The ids of a wasm module's sections that matter here, and the instruction that begins the address of a data segment.
const (
	sectionData      = 11
	sectionDataCount = 12
	opI32Const       = 0x41
	opEnd            = 0x0b
)

// maxGap is how many zeros may be between two data segments that joinSegments joins. From here on it gains nothing.
const maxGap = 64

var errSegments = errors.New("zmq.wasm is not as Go's linker makes it, so that its data cannot be joined")

// segment is bytes that a module puts into its memory when it starts.
type segment struct {
	address int32
	data    []byte
}

// joinSegments returns a wasm module that starts with the same memory, and is 57 kB smaller after brotli. Go's linker leaves
// out every run of eight zeros, which makes 50,000 segments, each with an address and a length. A compressor can do
// nothing with these, while zeros cost it next to nothing.
func joinSegments(wasm []byte) ([]byte, error) {
	const header = 8 // the magic number and the version
	if len(wasm) < header {
		return nil, errSegments
	}
	out, rest := bytes.Clone(wasm[:header]), wasm[header:]
	for len(rest) > 0 {
		id := rest[0]
		body, after, ok := cutSized(rest[1:])
		if !ok || id == sectionDataCount { // which would have to be told the new number
			return nil, errSegments
		}
		if rest = after; id == sectionData {
			segments, ok := readSegments(body)
			if !ok {
				return nil, errSegments
			}
			if body, ok = appendJoined(nil, segments); !ok {
				return nil, errSegments
			}
		}
		out = append(binary.AppendUvarint(append(out, id), uint64(len(body))), body...)
	}
	return out, nil
}

// appendJoined appends a data section with segments whose small gaps are filled with zeros. It wants segments that do not overlap.
func appendJoined(b []byte, segments []segment) ([]byte, bool) {
	slices.SortFunc(segments, func(a, b segment) int { return cmp.Compare(a.address, b.address) })
	var all []segment
	end := int32(0)
	for _, s := range segments {
		gap := s.address - end
		if gap < 0 {
			return nil, false
		}
		if end = s.address + int32(len(s.data)); len(all) == 0 || gap > maxGap {
			all = append(all, segment{s.address, bytes.Clone(s.data)})
			continue
		}
		last := &all[len(all)-1]
		last.data = append(append(last.data, make([]byte, gap)...), s.data...)
	}
	return appendSegments(b, all), true
}

// readSegments reads a data section. It wants segments that have fixed addresses in the only memory.
func readSegments(body []byte) ([]segment, bool) {
	count, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, false
	}
	var all []segment
	for body = body[n:]; len(body) > 0; {
		s, rest, ok := cutSegment(body)
		if !ok {
			return nil, false
		}
		all, body = append(all, s), rest
	}
	return all, uint64(len(all)) == count
}

func cutSegment(b []byte) (s segment, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != 0 || b[1] != opI32Const {
		return s, nil, false
	}
	address, n := varint32(b[2:])
	b = b[2+n:]
	if n == 0 || len(b) == 0 || b[0] != opEnd {
		return s, nil, false
	}
	data, rest, ok := cutSized(b[1:])
	return segment{address, data}, rest, ok
}

func appendSegments(b []byte, segments []segment) []byte {
	b = binary.AppendUvarint(b, uint64(len(segments)))
	for _, s := range segments {
		b = append(appendVarint32(append(b, 0, opI32Const), s.address), opEnd)
		b = append(binary.AppendUvarint(b, uint64(len(s.data))), s.data...)
	}
	return b
}

// cutSized takes bytes off that have their number before them.
func cutSized(b []byte) (body, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	b = b[n:]
	return b[:size], b[size:], true
}

// varint32 reads a signed number as wasm has it, which is not as encoding/binary has it. It returns how many bytes that took, and
// 0 if there is no such number.
func varint32(b []byte) (value int32, n int) {
	for n < min(len(b), 5) {
		c := b[n]
		value |= int32(c&0x7f) << (7 * n)
		if n++; c < 0x80 {
			if unused := 32 - 7*n; unused > 0 {
				value = value << unused >> unused // the last byte has the sign
			}
			return value, n
		}
	}
	return 0, 0
}

func appendVarint32(b []byte, value int32) []byte {
	for ; value < -0x40 || value >= 0x40; value >>= 7 {
		b = append(b, byte(value)|0x80)
	}
	return append(b, byte(value)&0x7f)
}
