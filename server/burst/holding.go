package burst

// Whoever keeps bytes of a Burst for a while holds it, so that there are books of what all Bursts take that are kept, each
// counted once, however many keep it. It is not what keeps it in memory; that is the garbage collector's.

// Hold notes that there is one more who keeps bytes of it. It returns by how many bytes there is more in memory for the sake of
// all holders.
func (b *Burst) Hold() (more int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holders++
	return b.tell(b.size)
}

// Release undoes one Hold. It returns by how many bytes there is more in memory for the sake of those that still hold it, which
// is less than 0 if there are none.
func (b *Burst) Release() (more int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holders--; b.holders == 0 {
		return b.tell(0)
	}
	return b.tell(b.size)
}

func (b *Burst) tell(size int) (more int) {
	more = size - b.told
	b.told = size
	return more
}

// What a message and a frame take besides their bytes.
const (
	messagePlace = 32
	framePlace   = 8
)

// memory is what an encoding takes.
func (e *encoding) memory() int { return cap(e.frames) + cap(e.ends)*framePlace }
