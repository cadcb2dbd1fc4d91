package core

// journal is the numbered frames of one end, in the order they were appended. From base to head they were taken and not
// acknowledged; from head on they were not taken yet. They lie in pieces. A byte of a piece is never changed once it is
// there, so whoever has taken a span of a piece may go on writing it while more is appended behind it, and a span may be
// somebody else's memory, which many journals have pieces of. Only the memory of a piece that is acknowledged, and that
// nobody writes any more, is used again (reuse.go).
//
// Places are counted in bytes from the first that was ever appended.
type journal struct {
	pieces []piece
	first  int // place of the first byte of pieces[0]
	base   int // in pieces[0], or at its end
	head   int
	tail   int
	reach  int // up to here frames were taken, for this WebSocket or an earlier one, so the peer may have them

	written   int        // up to here nobody refers any more to what was taken
	spare     []piece    // empty ones of the same size, whose memory was that of some that are gone
	mostSpare func() int // how many bytes of memory they may have; nil: maxPiece

	kept      int    // bytes of memory of all pieces, and of the spare ones
	lent      uint64 // how many of all pieces that there ever were are somebody else's memory
	returned  uint64 // of them, how many are gone
	turn      int    // index of the piece that has head in it
	turnFirst int    // its place
}

// piece is whole frames one after the other.
type piece struct {
	frames []byte // with room behind them only if it is the journal's own memory
	count  int    // of the frames that were not acknowledged
	own    int    // bytes of the journal's own memory that this is a piece of; 0: it is somebody else's, and nothing is appended
}

// size is how many bytes of memory it takes; somebody else's counts, too, for it is held.
func (p *piece) size() int {
	if p.own > 0 {
		return p.own
	}
	return len(p.frames)
}

// Sizes of the pieces that a journal makes. The first is small, because most journals are empty most of the time, and the very first
// has room for what many never have more of: that a subscription is live.
const (
	smallestPiece = 64
	firstPiece    = 512
	maxPiece      = 16 << 10
)

// minShared is the size of a span from which on it is referred to. For one of 64 bytes a reference takes hardly less memory than a
// copy, and the list of references allocates as often as the copies do, because it grows.
const minShared = 256

// The list of the pieces counts as memory, too, but for the few that every journal has, and most of a long list is given back.
const (
	pieceSize = 40
	fewPieces = 8
	maxSpare  = 256
)

func (j *journal) untaken() int        { return j.tail - j.head }
func (j *journal) unacknowledged() int { return j.head - j.base }
func (j *journal) held() int           { return j.tail - j.base }

// append adds a frame that takes size bytes, or a few less.
func (j *journal) append(f *Frame, size int) {
	p := j.room(size)
	before := len(p.frames)
	p.frames = AppendFrame(p.frames, f)
	p.count++
	j.tail += len(p.frames) - before
}

// memory is how many bytes the journal takes, with those of others that it keeps.
func (j *journal) memory() int { return j.kept + pieceSize*max(0, cap(j.pieces)-fewPieces) }

// appendSpan adds frames that are encoded already, which may be referred to if they are shared: nobody changes them any more.
func (j *journal) appendSpan(span []byte, count int, shared bool) {
	if shared && len(span) >= minShared {
		j.pieces = append(j.pieces, piece{frames: span[:len(span):len(span)], count: count})
		j.kept += len(span)
		j.lent++
	} else {
		p := j.room(len(span))
		p.frames = append(p.frames, span...)
		p.count += count
	}
	j.tail += len(span)
}

// room is the last piece, with room for size bytes.
func (j *journal) room(size int) *piece {
	if n := len(j.pieces) - 1; n >= 0 && cap(j.pieces[n].frames)-len(j.pieces[n].frames) >= size {
		return &j.pieces[n]
	}
	return j.grow(size)
}

// grow adds a piece that has room for size bytes.
func (j *journal) grow(size int) *piece {
	if next, ok := j.takeSpare(size); ok {
		j.pieces = append(j.pieces, next)
	} else {
		n := max(j.nextPiece(), size)
		j.pieces = append(j.pieces, piece{frames: make([]byte, 0, n), own: n})
		j.kept += n
	}
	return &j.pieces[len(j.pieces)-1]
}

// nextPiece is how large a new piece should be: the larger the more is held.
func (j *journal) nextPiece() int {
	switch n := len(j.pieces); {
	case j.tail == 0:
		return smallestPiece
	case n > 0 && j.held() > 0:
		return min(max(2*j.pieces[n-1].own, firstPiece), maxPiece)
	}
	return firstPiece
}

// take appends to dst, as spans, the next whole frames of up to limit bytes, and returns how many bytes that is. If exceed
// is set it is at least one frame, even when that frame is larger than limit.
func (j *journal) take(dst [][]byte, limit int, exceed bool) ([][]byte, int) {
	taken := 0
	for j.head < j.tail {
		p := &j.pieces[j.turn]
		if j.head >= j.turnFirst+len(p.frames) {
			j.turnFirst += len(p.frames)
			j.turn++
			continue
		}
		rest := p.frames[j.head-j.turnFirst:]
		n := batchSize(rest, limit-taken, exceed && taken == 0)
		if n == 0 {
			break
		}
		dst = append(dst, rest[:n:n])
		taken += n
		j.head += n
		if n < len(rest) {
			break
		}
	}
	j.reach = max(j.reach, j.head)
	return dst, taken
}

// next is how long the next frame is that is to be taken.
func (j *journal) next() int {
	for frames := range j.from(j.head) {
		return batchSize(frames, 0, true)
	}
	return 0
}

// from is the spans from a place on, which is not before base.
func (j *journal) from(place int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		first := j.first
		for i := range j.pieces {
			frames := j.pieces[i].frames
			skip := max(place-first, 0)
			first += len(frames)
			if skip < len(frames) && !yield(frames[skip:]) {
				return
			}
		}
	}
}

// rewind has everything taken again that was not acknowledged.
func (j *journal) rewind() {
	j.head, j.turn, j.turnFirst = j.base, 0, j.first
	j.written = min(j.written, j.head)
}

// skip finds the place behind the first count frames that were not acknowledged. ok is false if one of them was never taken.
// It may have been taken for an earlier WebSocket: when a Hello was overtaken by the next one, the bridge went back further
// than it had to.
func (j *journal) skip(count uint64) (place int, ok bool) {
	place = j.base
	first := j.first
	for i := 0; count > 0; i++ {
		if i == len(j.pieces) {
			return 0, false
		}
		p := &j.pieces[i]
		end := first + len(p.frames)
		if count >= uint64(p.count) && end <= j.reach {
			count -= uint64(p.count)
			place, first = end, end
			continue
		}
		for ; count > 0; count-- {
			n := batchSize(p.frames[place-first:], 0, true)
			if n == 0 || place >= j.reach {
				return 0, false
			}
			place += n
		}
	}
	return place, true
}

// acknowledge forgets the first count frames, which end at a place that skip has found.
func (j *journal) acknowledge(place int, count uint64) {
	gone := 0
	for gone < len(j.pieces) && count >= uint64(j.pieces[gone].count) && j.first+len(j.pieces[gone].frames) <= place {
		count -= uint64(j.pieces[gone].count)
		j.first += len(j.pieces[gone].frames)
		gone++
	}
	if count > 0 {
		j.pieces[gone].count -= int(count)
	}
	j.base, j.head = place, max(place, j.head)
	j.drop(gone)
}

// drop forgets the first pieces, of which nothing is left: the piece behind them begins at first. When that is all of them, a
// small one is kept for what comes, unless there is a larger one.
func (j *journal) drop(gone int) {
	if gone == 0 {
		return
	}
	end := j.first
	if last := &j.pieces[len(j.pieces)-1]; gone == len(j.pieces) && last.own > 0 && last.own <= firstPiece && len(j.spare) == 0 {
		last.count = 0
		if end -= len(last.frames); j.written >= j.first {
			last.frames = last.frames[:0]
		} else {
			last.frames = last.frames[len(last.frames):]
		}
		gone--
	}
	for i := gone - 1; i >= 0; i-- {
		p := &j.pieces[i]
		begin := end - len(p.frames)
		j.kept -= p.size()
		if p.own == 0 {
			j.returned++
		} else if end <= j.written {
			j.setAside(p)
		}
		end = begin
	}
	n := copy(j.pieces, j.pieces[gone:])
	clear(j.pieces[n:])
	if j.pieces = j.pieces[:n]; cap(j.pieces) > max(maxSpare, 4*n) {
		j.pieces = append(make([]piece, 0, 2*n), j.pieces...)
	}
	if j.turn -= gone; j.head == j.tail || j.turn < 0 {
		j.turn, j.turnFirst = 0, j.first
	}
}

// forget forgets all up to a place, where nothing is acknowledged.
func (j *journal) forget(place int) {
	gone := 0
	for gone < len(j.pieces) && j.first+len(j.pieces[gone].frames) <= place {
		j.first += len(j.pieces[gone].frames)
		gone++
	}
	j.base = place
	j.drop(gone)
}

// bytes is a copy of all that was not acknowledged.
func (j *journal) bytes() []byte {
	b := make([]byte, 0, j.held())
	for span := range j.from(j.base) {
		b = append(b, span...)
	}
	return b
}

// restore makes an empty journal one of count frames, all of which the peer may have.
func (j *journal) restore(frames []byte, count int) {
	j.appendSpan(frames, count, true)
	j.rewind()
	j.head, j.reach = j.tail, j.tail
}
