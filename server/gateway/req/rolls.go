package req

// rolls are those of all askers of a Requester. The number of a request from a bundle says in which roll it is, and where. The requester's
// lock guards it.
type rolls struct {
	all  []*Roll  // nil: it has left
	next []uint32 // where the next roll at that place begins: a place in a roll is not used twice
	free []uint32
}

// inRoll marks the number of a request from a bundle.
const inRoll = 1 << 63

// enter gives a roll its number.
func (r *rolls) enter(l *Roll) {
	if len(r.free) == 0 {
		r.free = append(r.free, uint32(len(r.all)))
		r.all, r.next = append(r.all, nil), append(r.next, 0)
	}
	last := len(r.free) - 1
	l.number = r.free[last]
	r.free = r.free[:last]
	r.all[l.number], l.next = l, r.next[l.number]
}

// leave is told, once or more often, that nothing is added to a roll any more, and nothing is in it.
func (r *rolls) leave(l *Roll) {
	if r.all[l.number] != l {
		return
	}
	r.all[l.number], r.next[l.number] = nil, l.next
	r.free = append(r.free, l.number)
}

// at is the sheet of a request, in which roll it is, and which request that is; nil: it has had its outcome, or there was none. If there is
// a sheet, it may have had its outcome, too.
func (r *rolls) at(id uint64) (*Roll, *sheet, uint32) {
	number := uint32(id>>32) &^ (inRoll >> 32)
	if id&inRoll == 0 || int64(number) >= int64(len(r.all)) {
		return nil, nil, 0
	}
	roll := r.all[number]
	if roll == nil {
		return nil, nil, 0
	}
	h, i := roll.at(uint32(id))
	return roll, h, i
}

// find is at for a request that is pending; nil: it is not.
func (r *rolls) find(id uint64) (*Roll, *sheet, uint32) {
	roll, h, i := r.at(id)
	if h == nil || !h.isOpen(i) {
		return nil, nil, 0
	}
	return roll, h, i
}

// ids is the numbers of all requests.
func (r *rolls) ids() (ids []uint64) {
	for _, roll := range r.all {
		if roll != nil {
			ids = append(ids, roll.ids()...)
		}
	}
	return ids
}
