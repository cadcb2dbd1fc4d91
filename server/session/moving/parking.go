package moving

import (
	"context"
	"sync"
	"time"
)

// parking has sessions that were to go to another bridge and could not be left for it. Their clients go on with them if they come back to
// this one.
type parking struct {
	mu    sync.Mutex
	at    map[string]*parked
	bytes int
}

// parked is a session at one or several places.
type parked struct {
	places []string
	parcel []byte
	until  time.Time
}

// mostParked is how many bytes of sessions are kept; what is more is lost.
const mostParked = 64 << 20

func (p *parking) put(places []string, parcel []byte, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, old := range p.at {
		if time.Now().After(old.until) {
			p.drop(old)
		}
	}
	if p.bytes+len(parcel) > mostParked {
		return
	}
	if p.at == nil {
		p.at = map[string]*parked{}
	}
	x := &parked{places, parcel, until}
	for _, place := range places {
		p.at[place] = x
	}
	p.bytes += len(parcel)
}

// drop forgets a session. The lock is held.
func (p *parking) drop(x *parked) {
	if len(x.places) == 0 || p.at[x.places[0]] != x {
		return
	}
	for _, place := range x.places {
		delete(p.at, place)
	}
	p.bytes -= len(x.parcel)
}

// get is as that of a Depot.
func (p *parking) get(place string) (parcel []byte, take func(context.Context) error, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.at[place]
	if x == nil {
		return nil, nil, errNothing
	}
	return x.parcel, func(context.Context) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.at[x.places[0]] != x {
			return errNothing
		}
		p.drop(x)
		return nil
	}, nil
}
