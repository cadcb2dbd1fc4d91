package server

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// repProxy is a client's REP socket: requests of backends go down to the client, its answers back up. The bridge binds
// at the endpoint, so that backends find the page.
type repProxy struct {
	socket   *socket
	gateways []*gateway.RepGateway // touched by the read goroutine, and by release after it
	stops    []func()

	incoming map[uint64]incoming // by request number; guarded by the session's lock
	last     uint64
}

// incoming is a request of a backend that the client has not answered.
type incoming = *gateway.Incoming

func (p *repProxy) connect(up *upstream, ep core.Endpoint) error {
	if !up.access.Bind {
		return core.NewError(core.Unsupported, "a REP socket binds here: backends connect to the bridge")
	}
	gw, err := p.socket.session.bridge.gateways.Rep(ep)
	if err != nil {
		return err
	}
	stop, err := gw.Serve(p.socket.identity, p.ask)
	if err != nil {
		gw.Release()
		return err
	}
	p.gateways = append(p.gateways, gw)
	p.stops = append(p.stops, stop)
	up.Up()
	return nil
}

// ask hands a backend's request to the client. One that does not fit is passed on to the next page that serves there.
func (p *repProxy) ask(in incoming) {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.incoming == nil || s.incoming >= s.bridge.cfg.MaxPending || s.engine.Queued()+in.Message.Size() > s.bridge.cfg.MaxQueued {
		in.Pass()
		return
	}
	p.last++
	if s.sendLocked(&core.Frame{Kind: core.KindRequest, Socket: p.socket.id, ID: p.last, Parts: in.Message}) != nil {
		in.Pass()
		return
	}
	p.incoming[p.last] = in
	s.incoming++
}

// reply sends the client's answer on; nil: there will be none. An answer to nothing is ignored, the backend may have gone.
func (p *repProxy) reply(id uint64, m core.Message) {
	s := p.socket.session
	s.mu.Lock()
	in, known := p.incoming[id]
	if known {
		delete(p.incoming, id)
		s.incoming--
	}
	s.mu.Unlock()
	if !known || m == nil {
		return
	}
	if err := in.Reply(m); err != nil {
		s.log.Debug("reply of a page not delivered", "err", err)
	}
}

func (p *repProxy) release() {
	for _, stop := range p.stops {
		stop()
	}
	s := p.socket.session
	s.mu.Lock()
	s.incoming -= len(p.incoming)
	p.incoming = nil
	s.mu.Unlock()
	for _, gw := range p.gateways {
		gw.Release()
	}
}
