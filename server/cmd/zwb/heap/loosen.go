package heap

import (
	"runtime"
	"strings"
)

// Some of what is free does not go back when debug.FreeOSMemory is called: the runtime has a mark for every 4 MiB of the heap
// that says whether there is anything to give back, and its scavenger, which works in the background, takes that mark away when
// it has gone through what lies below a place in there; what was freed above it in the meantime has none. It gets one when
// something next to it is freed. Up to 10 MiB were seen to stay for as long as a bridge was quiet.
const (
	stuckBytes  = 1 << 20 // free memory that is stuck; somewhat less is at hand for what is allocated next
	loosenPiece = 512 << 10
	fewPieces   = 32
)

// loosen frees something everywhere in the heap. To that end it takes what is free, and what was given back already, in pieces
// from the bottom up, until nothing is left or what was stuck is taken. The pieces are neither read nor written, so the system
// gives no memory for those that it has got back.
func loosen() {
	at := readMemory()
	var pieces []strings.Builder // which is a way to have memory that is not cleared
	for most := int(at.free+at.released) / loosenPiece; len(pieces) < most && at.free > stuckBytes; at = readMemory() {
		for range fewPieces {
			var piece strings.Builder
			piece.Grow(loosenPiece)
			pieces = append(pieces, piece)
		}
	}
	runtime.KeepAlive(pieces)
}
