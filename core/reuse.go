package core

// Whoever asks all the time is answered all the time, and acknowledges the answers soon. For each of them to take new memory, and to
// leave it to the collector a moment later, was a twentieth of what the bridge does for a request. So the memory of a piece is used
// again, by the same journal and no other: whatever went wrong, nobody would be sent what is somebody else's.
//
// That a piece is acknowledged does not say that nobody refers to it. A client may acknowledge what is still being written to it, so
// whoever writes says when it is (Written).

// Written says that all that was taken is written, or copied, so that nobody refers to it any more. Who does not say so has
// memory allocated for whatever is appended.
func (s *Session) Written() { s.journal.written = s.journal.head }

// setAside keeps the memory of a piece that is gone for another one. All that is kept has the same size, the largest there was. Small
// pieces are not kept: a journal that is empty has one anyway.
func (j *journal) setAside(p *piece) {
	if p.own <= firstPiece || p.own > maxPiece {
		return
	}
	if len(j.spare) > 0 && p.own != j.spare[0].own {
		if p.own < j.spare[0].own {
			return
		}
		j.forgetSpare()
	}
	most := maxPiece
	if j.mostSpare != nil {
		most = j.mostSpare()
	}
	if (len(j.spare)+1)*p.own <= most {
		j.spare = append(j.spare, piece{frames: p.frames[:0], own: p.own})
		j.kept += p.own
	}
}

// takeSpare is a piece that was set aside, if there is one with room for size bytes.
func (j *journal) takeSpare(size int) (p piece, ok bool) {
	last := len(j.spare) - 1
	if last < 0 || cap(j.spare[last].frames) < size {
		return piece{}, false
	}
	p, j.spare[last] = j.spare[last], piece{}
	j.spare = j.spare[:last]
	return p, true
}

// forgetSpare gives up what was set aside: nothing has come for a while, or the client is away.
func (j *journal) forgetSpare() {
	for i := range j.spare {
		j.kept -= j.spare[i].own
	}
	j.spare = nil
}
