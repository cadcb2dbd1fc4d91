package proxy

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/place"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/sending"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// repProxy is a client's REP socket: requests of backends go down to the client, its answers back up. The bridge binds
// at the endpoint, so that backends find the page.
type repProxy struct {
	socket   *socket
	claims   *place.Claims                     // of the identity
	gateways map[*upstream]*gateway.RepGateway // of the reading goroutine, and of release after it

	// Guarded by the session's lock.
	stops    map[*upstream]func()
	incoming map[uint64]incoming // by request number; nil once released, or left for another bridge
	moves    bool                // its client goes on at another bridge
	last     uint64
	held     *account.Charge // for the incoming ones
	answers  *sending.Answers
}

func newRepProxy(k *socket, held *account.Charge, answered *sending.Held) *repProxy {
	return &repProxy{socket: k, held: held, answers: sending.NewAnswers(k.handle, answered), claims: place.NewClaims(k.places, k.handle),
		incoming: map[uint64]incoming{}, gateways: map[*upstream]*gateway.RepGateway{}, stops: map[*upstream]func(){}}
}

// incomingPlace is what it costs to keep in mind where an answer goes.
const incomingPlace = 512

// incoming is a request of a backend that the client has not answered.
type incoming struct {
	*gateway.Incoming
	up *upstream
}

func (p *repProxy) connect(up *upstream, ep core.Endpoint) error {
	if !up.access.Bind {
		return core.NewError(core.Unsupported, "a REP socket binds here: backends connect to the bridge")
	}
	gw, err := p.socket.gateways.Rep(ep)
	if err != nil {
		return err
	}
	p.gateways[up] = gw
	p.socket.count()
	serve := func() error { return p.serve(up, gw) }
	if wanted, exclusive := up.place(); exclusive {
		return p.claims.Make(up, wanted, up.unique(), serve)
	}
	return serve()
}

// serve begins to answer.
func (p *repProxy) serve(up *upstream, gw *gateway.RepGateway) error {
	stop, err := gw.Serve(p.socket.identity, func(in *gateway.Incoming) { p.ask(incoming{in, up}) })
	if err != nil {
		return err
	}
	unwatch := gw.Watch(up)
	end := func() {
		unwatch()
		stop()
	}
	if !p.keep(up, end) {
		end()
	}
	return nil
}

// keep notes how to end serving, and tells whether the endpoint is still wanted.
func (p *repProxy) keep(up *upstream, stop func()) bool {
	p.socket.handle.Lock()
	defer p.socket.handle.Unlock()
	wanted := !p.claims.Ended() && !up.gone
	if wanted {
		p.stops[up] = stop
	}
	return wanted
}

// ask hands a backend's request to the client. One that does not fit is passed on to the next page that serves there.
func (p *repProxy) ask(in incoming) {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	usage := h.Usage()
	size := in.Message.Size()
	if p.incoming == nil || usage.Incoming >= p.socket.cfg.MaxPending || !h.Fits(size) {
		in.Pass()
		return
	}
	p.last++
	if h.SendLocked(&core.Frame{Kind: core.KindRequest, ID: p.last, Parts: in.Message}) != nil {
		in.Pass()
		return
	}
	in.up.tally.ToClient(1, size)
	in.Message = nil // it is on its way, and what is kept is only where the answer goes
	p.held.Add(incomingPlace)
	p.incoming[p.last] = in
	usage.Incoming++
}

// reply sends the client's answer on; nil: there will be none. An answer to nothing is ignored, the backend may have gone.
func (p *repProxy) reply(id uint64, m core.Message) {
	in := p.take(id)
	if in.Incoming == nil || m == nil {
		return
	}
	size := m.Size()
	if err := p.answers.Pass(in.Incoming, m); err != nil {
		p.socket.handle.Counters().Undeliver(1)
		p.socket.handle.Log().Debug("reply of a page not delivered", "err", err)
		return
	}
	in.up.meter.FromClient(size)
}

// take removes a request that waits for its answer; the zero value: there is none with this number.
func (p *repProxy) take(id uint64) incoming {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	in := p.incoming[id]
	if in.Incoming != nil {
		delete(p.incoming, id)
		p.held.Add(-incomingPlace)
		h.Usage().Incoming--
	}
	return in
}

func (p *repProxy) away() { p.claims.Away() }

func (p *repProxy) release(f session.Farewell) {
	p.claims.End()
	stops, moves := p.drop()
	for _, stop := range stops {
		stop()
	}
	p.answers.Stop()
	p.claims.Release()
	for up, gw := range p.gateways {
		gw.Release()
		if moves {
			p.socket.vacate(up)
		}
	}
	p.socket.giveShares()
	p.socket.passedOn(f)
}

// drop gives up what is not answered, and returns what ends serving, and whether that is because the client goes on at another bridge.
func (p *repProxy) drop() (stops map[*upstream]func(), moves bool) {
	h := p.socket.handle
	h.Lock()
	defer h.Unlock()
	p.giveUpLocked()
	return p.stops, p.moves
}

// giveUpLocked gives up what is not answered, and has everything else that comes passed on to other pages. The lock is held.
func (p *repProxy) giveUpLocked() {
	p.socket.handle.Usage().Incoming -= len(p.incoming)
	p.incoming = nil
	p.held.Set(0)
}
