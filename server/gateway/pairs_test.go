package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// pair is one of our sockets and the one of a peer that it talks to: a row of every table over the socket types.
type pair struct {
	ours, theirs core.SocketType
	bind         bool      // we listen
	refused      core.Code // OK, or what such a socket of ours is refused with
}

// partners is who talks to whom: https://rfc.zeromq.org/spec/28/ to 31.
var partners = map[core.SocketType][]core.SocketType{
	core.PAIR:   {core.PAIR},
	core.PUB:    {core.SUB, core.XSUB},
	core.SUB:    {core.PUB, core.XPUB},
	core.XPUB:   {core.SUB, core.XSUB},
	core.XSUB:   {core.PUB, core.XPUB},
	core.REQ:    {core.REP, core.ROUTER},
	core.REP:    {core.REQ, core.DEALER},
	core.DEALER: {core.REP, core.DEALER, core.ROUTER},
	core.ROUTER: {core.REQ, core.DEALER, core.ROUTER},
	core.PUSH:   {core.PULL},
	core.PULL:   {core.PUSH},
}

// allPairs is every row: each type, connecting and listening, with each of its partners.
func allPairs() (all []pair) {
	for ours := core.PAIR; ours.Valid(); ours++ {
		for _, theirs := range partners[ours] {
			for _, bind := range []bool{false, true} {
				p := pair{ours: ours, theirs: theirs, bind: bind}
				switch {
				case ours == core.REQ && bind, ours == core.REP && !bind:
					p.refused = core.Unsupported // by design: a page asks at an address, or answers at one
				}
				all = append(all, p)
			}
		}
	}
	return all
}

// pairs is the rows that talk.
func pairs() (talking []pair) {
	for _, p := range allPairs() {
		if p.refused == core.OK {
			talking = append(talking, p)
		}
	}
	return talking
}

// endpoints is one row for every kind of gateway there is: each type, connecting and listening, with the partner that has
// most to say; and REQ also with a ROUTER, where it works in lock-step.
func endpoints() (some []pair) {
	type kind struct {
		ours     core.SocketType
		bind     bool
		lockstep bool
	}
	place := make(map[kind]int)
	for _, p := range pairs() {
		k := kind{p.ours, p.bind, p.lockstep()}
		if i, seen := place[k]; !seen {
			place[k] = len(some)
			some = append(some, p)
		} else if p.eloquence() > some[i].eloquence() {
			some[i] = p
		}
	}
	return some
}

// eloquence is one for each direction in which messages go, and one more if the peer may speak whenever it likes.
func (p pair) eloquence() (n int) {
	for _, direction := range []bool{p.says(), p.hears(), p.hears() && p.theirs != core.REP && p.theirs != core.REQ} {
		if direction {
			n++
		}
	}
	return n
}

// lockstep tells whether every request has a connection of its own.
func (p pair) lockstep() bool { return p.ours == core.REQ && p.theirs == core.ROUTER }

func (p pair) String() string {
	if p.bind {
		return p.ours.String() + " listens for " + p.theirs.String()
	}
	return p.ours.String() + " connects to " + p.theirs.String()
}

// mirror is the pair as the peer sees it.
func (p pair) mirror() pair { return pair{ours: p.theirs, theirs: p.ours, bind: !p.bind} }

// says tells whether messages go from us to the peer, hears whether they come from it.
func (p pair) says() bool {
	switch p.ours {
	case core.SUB, core.PULL:
		return false
	case core.XSUB:
		return p.theirs == core.XPUB // which hears what no subscription is, too
	}
	return true
}

func (p pair) hears() bool { return p.mirror().says() }

// answers tells whether the peer has to speak first.
func (p pair) answers() bool { return p.ours == core.REP || p.theirs == core.REQ || !p.says() }

// envelope tells whether a socket of ours that does not know of envelopes has a peer that does: its messages have an empty
// part in front.
func (p pair) envelope() bool {
	raw := p.ours == core.DEALER || p.ours == core.ROUTER
	return raw && (p.theirs == core.REQ || p.theirs == core.REP)
}

// shared tells whether we listen for more than one peer.
func (p pair) shared() bool { return p.bind && p.ours != core.PAIR }
