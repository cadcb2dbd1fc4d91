package req

// pending are the requests that have no outcome yet, by their numbers. A number says where its request is, and how many were
// there before, so that a late reply finds nobody. Those from bundles are in the rolls of their askers, all others have a place here.
// The requester's lock guards it.
type pending struct {
	places []place
	free   []uint32 // places without a request
	rolls  rolls
	count  int // of all
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
	p.places[at].uses = (p.places[at].uses + 1) &^ (inRoll >> 32)
	p.places[at].request = r
	r.id = uint64(p.places[at].uses)<<32 | uint64(at)
	p.count++
}

// get is the Request with a number; nil: it has had its outcome, there was none, or it was in a bundle.
func (p *pending) get(id uint64) *Request {
	at := uint32(id)
	if int64(at) >= int64(len(p.places)) || p.places[at].uses != uint32(id>>32) {
		return nil
	}
	return p.places[at].request
}

// has tells whether the request with a number is in.
func (p *pending) has(id uint64) bool {
	if id&inRoll == 0 {
		return p.get(id) != nil
	}
	_, h, _ := p.rolls.find(id)
	return h != nil
}

// open is how many are in of the requests that have a deadline together: the one with a number alone, or all of the sheet that begins with it.
func (p *pending) open(id uint64) int {
	if _, h, _ := p.rolls.at(id); h != nil {
		return h.pending()
	}
	if p.has(id) {
		return 1
	}
	return 0
}

// remove takes out the Request with a number, which is in. It is not looked at itself.
func (p *pending) remove(id uint64) {
	at := uint32(id)
	p.places[at].request = nil
	p.free = append(p.free, at)
	p.count--
}

// all is the numbers of all that are in.
func (p *pending) all() (ids []uint64) {
	for at := range p.places {
		if p.places[at].request != nil {
			ids = append(ids, uint64(p.places[at].uses)<<32|uint64(at))
		}
	}
	return append(ids, p.rolls.ids()...)
}
