package req

// pending are the requests that have no outcome yet, by their numbers. A number says where its request is, and how many were
// there before, so that a late reply finds nobody. The requester's lock guards it.
type pending struct {
	places []place
	free   []uint32 // places without a request
	count  int
}

type place struct {
	request *Request // nil: there is none
	uses    uint32
}

// add gives a request its number.
func (p *pending) add(r *Request) {
	if len(p.free) == 0 {
		p.free = append(p.free, uint32(len(p.places)))
		p.places = append(p.places, place{})
	}
	last := len(p.free) - 1
	at := p.free[last]
	p.free = p.free[:last]
	p.places[at].uses++
	p.places[at].request = r
	r.id = uint64(p.places[at].uses)<<32 | uint64(at)
	p.count++
}

// get is the request with a number; nil: it has had its outcome, or there was none.
func (p *pending) get(id uint64) *Request {
	at := uint32(id)
	if int64(at) >= int64(len(p.places)) || p.places[at].uses != uint32(id>>32) {
		return nil
	}
	return p.places[at].request
}

// remove takes out the request with a number, which is in. The request itself is not looked at.
func (p *pending) remove(id uint64) {
	at := uint32(id)
	p.places[at].request = nil
	p.free = append(p.free, at)
	p.count--
}

// removeAll takes out every request.
func (p *pending) removeAll() (all []*Request) {
	for i := range p.places {
		if r := p.places[i].request; r != nil {
			all = append(all, r)
			p.remove(r.id)
		}
	}
	return all
}
