package port

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Options say what a page wants of its socket.
type Options struct {
	Identity []byte   // routing id, at most 255 bytes and not beginning with 0, for a socket that connects and is not shared. Default: none
	Bind     bool     // listen at the endpoint instead of connecting to it
	Receiver Receiver // only for types that receive, and needed there

	// Room is called after a Send that was refused with Busy, once, when it is worth trying again: before Send returns, or
	// from another goroutine, never with a lock held. It must not block. Default: nobody is told.
	Room func()

	// Returned is given back what Send has taken and nobody got, when the last peer has gone: the port has forgotten it, and
	// sent is not called for it. It is for PUSH, DEALER and PAIR, which with it say Busy while nobody is connected. Calls are
	// as those of Room. Default: messages wait for the next peer.
	Returned func([]core.Message)

	// Taken is told the size of each message that Send has taken. It must not block. Default: nobody is told.
	Taken func(bytes int)
}

// Named tells whether the peers know the socket by its identity.
func (o Options) Named(t core.SocketType) bool {
	return !o.Bind && len(o.Identity) > 0 && (t == core.DEALER || t == core.ROUTER)
}

// Check tells whether a socket of type t is offered as a port with these options. The error is Unsupported or Invalid.
func (o Options) Check(t core.SocketType) error {
	switch {
	case !t.Valid():
		return core.NewError(core.Invalid, "there is no such socket type")
	case t == core.REQ, t == core.REP, t == core.SUB && !o.Bind:
		return core.NewError(core.Unsupported, "a "+t.String()+" socket has a gateway of its own")
	case t.Receives() && o.Receiver == nil:
		return core.NewError(core.Invalid, "a "+t.String()+" socket needs a receiver")
	case len(o.Identity) > maxRoutingID, len(o.Identity) > 0 && o.Identity[0] == 0:
		return core.NewError(core.Invalid, "an identity has at most 255 bytes, and the first is not zero")
	}
	return nil
}
