package recording

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// What the parts of a file begin with.
const (
	fileMagic  = "ZWBREC1\n"
	blockMagic = "ZBLK"
	indexMagic = "ZIDX"
	endMagic   = "ZEND"
)

// Smallest is how many bytes a recording has that has no blocks.
const Smallest = int64(len(fileMagic))

// Begins tells whether a recording may begin like this.
func Begins(b []byte) bool { return strings.HasPrefix(fileMagic, string(b)) }

const (
	headerSize = 52
	endSize    = 16 // endMagic, where the index begins, checksum
)

// header is in front of each block. It is followed by a summary, and by the body, which is compressed.
//
// Its own checksum comes first: when it is right its lengths are, and what is broken in the block harms none behind it.
type header struct {
	magic         string
	summary       int // bytes
	packed        int // bytes of the body in the file
	body          int // bytes of the body once it is decompressed
	entries, gaps int
	first, last   int64 // the least and the greatest time, nanoseconds since 1970
	summarySum    uint32
	bodySum       uint32
}

var order = binary.LittleEndian

// appendTo appends the header, with the checksum of itself.
func (h header) appendTo(to []byte) []byte {
	start := len(to)
	to = append(to, h.magic...)
	for _, n := range []int{h.summary, h.packed, h.body, h.entries, h.gaps} {
		to = order.AppendUint32(to, uint32(n))
	}
	to = order.AppendUint64(to, uint64(h.first))
	to = order.AppendUint64(to, uint64(h.last))
	to = order.AppendUint32(to, h.summarySum)
	to = order.AppendUint32(to, h.bodySum)
	return order.AppendUint32(to, crc32.ChecksumIEEE(to[start:]))
}

// parseHeader reads a header. It is not ok if it is not what was written, or says what no block can have.
func parseHeader(b []byte) (h header, ok bool) {
	if len(b) < headerSize || order.Uint32(b[headerSize-4:]) != crc32.ChecksumIEEE(b[:headerSize-4]) {
		return h, false
	}
	var sizes [5]uint32
	for i := range sizes {
		sizes[i] = order.Uint32(b[4+4*i:])
	}
	if sizes[0] > maxSummary || sizes[1] > maxPacked || sizes[2] > maxBody || sizes[3] > maxBody || sizes[4] > sizes[3] {
		return h, false
	}
	h = header{magic: string(b[:4]), summary: int(sizes[0]), packed: int(sizes[1]), body: int(sizes[2]), entries: int(sizes[3]), gaps: int(sizes[4]),
		first: int64(order.Uint64(b[24:])), last: int64(order.Uint64(b[32:])), summarySum: order.Uint32(b[40:]), bodySum: order.Uint32(b[44:])}
	return h, h.magic == blockMagic || h.magic == indexMagic
}

// size is how much of the file the block takes.
func (h header) size() int64 { return headerSize + int64(h.summary) + int64(h.packed) }
