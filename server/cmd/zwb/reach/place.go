package reach

import (
	"context"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// Place is where sockets are opened: a connection to a bridge.
type Place struct {
	context  *zmq.Context
	own      *own // nil: it is somebody else's bridge
	direct   string
	bind     bool
	params   any
	identity string
}

// connecting is how long it may take to get to a bridge.
const connecting = 10 * time.Second

// Open connects to the bridge that the flags say, or starts one of its own for an address.
func (f *Flags) Open(ctx context.Context) (*Place, error) {
	ctx, cancel := context.WithTimeout(ctx, connecting)
	defer cancel()
	params, err := f.params()
	if err != nil {
		return nil, err
	}
	p := &Place{direct: f.Direct, bind: f.Bind, params: params, identity: f.Identity}
	if f.Direct != "" {
		if _, err := core.ParseAddress(f.Direct); err != nil {
			return nil, err
		}
		return p, p.startOwn(ctx, f.HWM)
	}
	bridge, err := f.choose()
	if err != nil {
		return nil, err
	}
	at, err := webSocket(bridge.URL)
	if err != nil {
		return nil, err
	}
	p.context, err = zmq.Dial(ctx, at, zmq.Options{Token: bridge.Token, Agent: "zwb", HWM: f.HWM})
	return p, explained(err, bridge.URL)
}

// explained says which bridge it is that cannot be reached.
func explained(err error, url string) error {
	if e, ok := core.AsError(err); ok && e.Code == core.Unavailable && !e.Remote {
		return core.NewError(core.Unavailable, "no bridge answers at "+url+": "+e.Text)
	}
	return err
}

// Socket opens a socket at an endpoint of the bridge. With an address for --direct it is that, whatever the name.
func (p *Place) Socket(kind zmq.SocketType, name string) (*zmq.Socket, error) {
	if p.direct != "" {
		name = p.direct
	}
	s := p.context.SocketWith(kind, zmq.SocketOptions{Identity: p.identity})
	if p.bind {
		return s, s.Bind(name, p.params)
	}
	return s, s.Connect(name, p.params)
}

// Close ends the connection. What was sent before may take a second to leave; to those who are behind at a backend's socket of one's own
// it may take half a minute, unless ctx ends.
func (p *Place) Close(ctx context.Context) {
	p.context.Close()
	if p.own != nil {
		p.own.close(ctx)
	}
}
