package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Receiver takes the messages of a Port. Receive is called from the reader goroutine of a connection, never with a lock
// held, must not block, and owns m. When several peers are connected to a bound socket several calls may run at a time.
//
// False says that there is no room: the port keeps m, stops reading the connection m came over, which is ZeroMQ's
// back-pressure, and offers m again after Resume.
type Receiver interface {
	Receive(m core.Message) bool
}

// PortOptions say how a page wants its socket.
type PortOptions struct {
	Identity []byte   // routing id, at most 255 bytes not beginning with 0; for a socket that connects. Default: none
	Bind     bool     // listen at the endpoint instead of connecting to it
	Receiver Receiver // nil for types that do not receive
	Room     func()   // called once after a Send was refused with Busy, when it is worth trying again; like a Receiver's Receive it must not block. Default: not told
}

// Port is one page's socket at one endpoint, for the types that send and receive messages unasked. Its methods may be
// called by anybody.
type Port struct{}

// Port opens a socket of type t at ep.
func (f *Factory) Port(t core.SocketType, ep core.Endpoint, o PortOptions) (*Port, error) {
	return nil, core.NewError(core.Unsupported, "not yet")
}

// Send queues a message; it never blocks.
func (p *Port) Send(m core.Message, sent func()) error { return nil }

// Ready tells whether the socket is connected and has room.
func (p *Port) Ready() bool { return false }

// Resume says that the Receiver has room again.
func (p *Port) Resume() {}

// Subscribe is for XSUB, and for SUB that binds.
func (p *Port) Subscribe(prefix []byte, live func()) {}

// Unsubscribe undoes one Subscribe of the same prefix.
func (p *Port) Unsubscribe(prefix []byte) {}

// Watch reports whether the peer is connected.
func (p *Port) Watch(w Watcher) (stop func()) { return func() {} }

// Endpoint is where the peer is, or where the socket listens.
func (p *Port) Endpoint() core.Endpoint { return core.Endpoint{} }

// Release gives the port back.
func (p *Port) Release() {}
