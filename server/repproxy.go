package server

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// repProxy is a client's REP socket: requests of backends go down to the client, its answers back up. The bridge binds
// at the endpoint, so that backends find the page. The session's lock guards it.
type repProxy struct {
	socket   *socket
	gateways []*gateway.RepGateway
	stops    []func()
	claims   map[*upstream]*time.Timer // endpoints that wait for the identity

	incoming map[uint64]incoming // by request number; nil once released
	last     uint64
}

// incoming is a request of a backend that the client has not answered.
type incoming = *gateway.Incoming

func (p *repProxy) connect(up *upstream, ep core.Endpoint) error {
	if !up.access.Bind {
		return core.NewError(core.Unsupported, "a REP socket binds here: backends connect to the bridge")
	}
	s := p.socket.session
	gw, err := s.bridge.gateways.Rep(ep)
	if err != nil {
		return err
	}
	s.mu.Lock()
	p.gateways = append(p.gateways, gw)
	s.mu.Unlock()
	// An identity in use may be this client's own, on a connection whose death the bridge has yet to notice. That takes
	// two heartbeats at most.
	return p.claim(up, gw, time.Now().Add(2*s.bridge.cfg.Heartbeat+claimRetry))
}

// claimRetry is how soon an identity that is in use is asked for again.
const claimRetry = 500 * time.Millisecond

// claim begins to serve. While the identity is in use it says so and tries again, until the deadline.
func (p *repProxy) claim(up *upstream, gw *gateway.RepGateway, deadline time.Time) error {
	s := p.socket.session
	stop, err := gw.Serve(p.socket.identity, p.ask)
	if core.CodeOf(err) == core.Conflict {
		s.bridge.retention.takeOver(up)
	}
	s.mu.Lock()
	released := p.incoming == nil
	switch {
	case err == nil && !released:
		p.stops = append(p.stops, stop)
	case core.CodeOf(err) == core.Conflict && !released && time.Now().Before(deadline):
		p.claims[up] = time.AfterFunc(claimRetry, func() {
			if err := p.claim(up, gw, deadline); err != nil {
				p.socket.refuse(up, asError(err))
			}
		})
		s.mu.Unlock()
		up.Down(err)
		return nil
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if released {
		stop()
		return nil
	}
	up.Up()
	return nil
}

// ask hands a backend's request to the client. One that does not fit is passed on to the next page that serves there.
func (p *repProxy) ask(in incoming) {
	s := p.socket.session
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.incoming == nil || s.incoming >= s.bridge.cfg.MaxPending || s.engine.Queued()+in.Message.Size() > s.maxQueued() {
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
	s := p.socket.session
	s.mu.Lock()
	stops, claims := p.stops, p.claims
	s.incoming -= len(p.incoming)
	p.incoming = nil
	s.mu.Unlock()
	for _, timer := range claims {
		timer.Stop()
	}
	for _, stop := range stops {
		stop()
	}
	for _, gw := range p.gateways {
		gw.Release()
	}
}
