package bench

import (
	"bytes"
	"encoding/binary"
)

// A mark is the end of every payload: it says when it was sent, and which one it is. It stands at the end because that is
// found without a look at what a protocol has put before it.
const (
	markSign = "zwbbench"

	// MinSize is the smallest payload that has room for a mark.
	MinSize = len(markSign) + 16
)

// putMark writes a mark to the end of a payload.
func putMark(payload []byte, at int64, number uint64) {
	m := payload[len(payload)-MinSize:]
	copy(m, markSign)
	binary.LittleEndian.PutUint64(m[8:], uint64(at))
	binary.LittleEndian.PutUint64(m[16:], number)
}

// readMark reads the mark at the end of b, if there is one.
func readMark(b []byte) (at int64, number uint64, ok bool) {
	if len(b) < MinSize {
		return 0, 0, false
	}
	m := b[len(b)-MinSize:]
	if string(m[:8]) != markSign {
		return 0, 0, false
	}
	return int64(binary.LittleEndian.Uint64(m[8:])), binary.LittleEndian.Uint64(m[16:]), true
}

// blank is a payload without a mark.
func blank(size int) []byte { return bytes.Repeat([]byte("x"), max(size, MinSize)) }
