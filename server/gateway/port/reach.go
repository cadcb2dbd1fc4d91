package port

// Reach is how a port, or a gateway for requests, stands to its peers at a moment: what a socket with several endpoints
// has to know to choose one. More is better.
type Reach uint8

const (
	ReachAway    Reach = iota // nobody is connected
	ReachSilent               // somebody is, who does not answer heartbeats
	ReachDialing              // of a gateway for requests: the first attempt is under way
	ReachFull                 // somebody is there who answers, and has no room for a message now
	ReachReady                // what is sent now leaves at once
)

// reaching is a pattern that knows more of its peers than whether it is ready.
type reaching interface {
	reach() Reach
	await(*Port)
}

// addressed is a pattern whose messages name the peer they go to.
type addressed interface {
	reaches(id []byte) bool
}

// Reach tells how the port stands to its peers.
func (p *Port) Reach() Reach {
	if r, ok := p.hub.pattern.(reaching); ok {
		return r.reach()
	}
	if p.hub.pattern.ready() {
		return ReachReady
	}
	return ReachAway
}

// Await asks for a call of Options.Room as if a Send had been refused: when there may be more room than now, or somebody
// has connected, or answers again.
func (p *Port) Await() {
	if r, ok := p.hub.pattern.(reaching); ok && !p.released.Load() {
		r.await(p)
	}
}

// Reaches tells whether the peer that a message of a ROUTER begins with the name of is connected to this port. Types whose
// messages name nobody reach nobody.
func (p *Port) Reaches(id []byte) bool {
	a, ok := p.hub.pattern.(addressed)
	return ok && a.reaches(id)
}
