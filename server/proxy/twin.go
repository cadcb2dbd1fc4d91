package proxy

import (
	"bytes"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// A twin is an endpoint with the address of another one of its socket. Where a second connection would make no sense it is
// accepted and adds nothing, as in libzmq: it is answered as the first one is.

// connectsOnce tells whether sockets of a type connect to an address once. To all others every connection is one more peer.
func connectsOnce(t core.SocketType) bool {
	return t == core.REQ || t == core.SUB || t == core.PUB || t == core.DEALER
}

// twinOf is the endpoint that a new one repeats; nil: there is none.
func (k *socket) twinOf(u *upstream) *upstream {
	if !u.access.Bind && !connectsOnce(k.typ) {
		return nil
	}
	for _, other := range k.reached() {
		if other != u && other.access.Endpoint == u.access.Endpoint && other.access.Bind == u.access.Bind {
			return other
		}
	}
	return nil
}

// follow makes u, which is allowed, stand as the first one does. To listen twice at an address is as impossible as ever.
func (u *upstream) follow(first *upstream) *core.Error {
	switch {
	case u.access.Bind:
		return core.NewError(core.Conflict, "this socket listens there already")
	case u.socket.typ == core.SUB && !bytes.Equal(msgFilter(u.access.Params), msgFilter(first.access.Params)):
		return core.NewError(core.Invalid, "this socket is connected there already, with another msgfilter")
	}
	h := u.socket.handle
	h.Lock()
	defer h.Unlock()
	u.first, first.twins = first, append(first.twins, u)
	switch {
	case first.down != nil && !first.aliveLocked():
		u.tellDownLocked(first.down)
	case first.opened:
		u.tellUpLocked()
	}
	return nil
}

// leading is the number of the endpoint that stands for another one: its own, unless it is a twin. It is for the reading
// goroutine.
func (k *socket) leading(endpoint uint64) uint64 {
	for _, up := range k.endpoints {
		if up.number == endpoint && up.first != nil {
			return up.first.number
		}
	}
	return endpoint
}

// part takes u, which repeats another endpoint, from that one.
func (k *socket) part(u *upstream) {
	k.handle.Lock()
	defer k.handle.Unlock()
	u.first.twins = slices.DeleteFunc(u.first.twins, func(other *upstream) bool { return other == u })
}

// promote puts a twin in the place of up, which goes: the others follow it. If it cannot have what up had, all are refused.
func (k *socket) promote(up *upstream) {
	k.handle.Lock()
	twins := up.twins
	up.twins = nil
	if len(twins) == 0 {
		k.handle.Unlock()
		return
	}
	heir := twins[0]
	heir.first, heir.twins = nil, twins[1:]
	for _, twin := range heir.twins {
		twin.first = heir
	}
	k.handle.Unlock()
	heir.held = false // what is there to be recovered was, for the endpoint before
	if e := heir.attachAll(); e != nil {
		for _, twin := range twins {
			twin.refuse(e)
		}
	}
}
