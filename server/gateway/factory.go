package gateway

import (
	"container/list"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/link"
)

// Factory hands out gateways: one for each kind and endpoint, shared by all who ask for it, closed when nobody has used
// it for a while. Its methods may be called by anybody.
type Factory struct {
	config     Config
	links      link.Config
	counters   counters
	allowances allowances
	lastValues atomic.Int64   // topics of a publisher
	running    sync.WaitGroup // gateways being closed

	mu     sync.Mutex
	closed bool
	slots  map[slotKey]*slot
	borne  map[name]*bearers
	unused list.List // of slots without users; the first has been so for longest
	serial uint64    // of the last gateway that is not shared
}

type slotKey struct {
	kind     core.SocketType
	endpoint core.Endpoint
	bind     bool
	identity string // of a socket whose peers know it by that
	serial   uint64 // tells gateways apart that are not shared; 0: this one is
}

// slot is the place of one gateway.
type slot struct {
	key slotKey

	opened  chan struct{} // closed by the one who opens the gateway, or fails to; from then on the next two are final
	gateway gateway
	err     error

	// Guarded by the factory's lock.
	users int
	since time.Time     // without users since
	place *list.Element // among the unused; nil: it has users
	idle  *time.Timer   // retires it; runs while there are none
}

// gateway is what all kinds have in common.
type gateway interface {
	stop() // begins to close it and does not wait; the address it listens on is free afterwards
	join() // returns when everything the gateway started has ended

	status() (known bool, reason error) // whether the backend is connected, or the address listened at; see link.Status
}

// lingerer is a gateway that may have to send something before it is closed.
type lingerer interface {
	lingers() bool
}

// keeper is a gateway that is of use for longer than Config.IdleClose after its last user has gone; negative: for ever, as
// long as there is room for it.
type keeper interface {
	keepFor() time.Duration
}

// lingerStep is how often a gateway that lingers is asked whether it still does.
const lingerStep = 20 * time.Millisecond

// nameStays is how long a connection stays after the page whose name it bears has gone: as long as it takes to reload a page.
const nameStays = 5 * time.Second

// NewFactory makes a factory. Close ends it.
func NewFactory(c Config) *Factory {
	f := &Factory{config: c.withDefaults(), links: c.links(), slots: make(map[slotKey]*slot), borne: make(map[name]*bearers)}
	f.KeepLast(c.LastValues)
	return f
}

// Req is the gateway to a REP or ROUTER. It dials on its own; nobody being there is not an error here.
//
// The error of this and of the other three is Invalid for the zero endpoint, Busy when Config.MaxGateways are in use, and
// Closed.
func (f *Factory) Req(endpoint core.Endpoint) (*ReqGateway, error) {
	return acquire(f, slotKey{kind: core.REQ, endpoint: endpoint}, func(release func()) (*ReqGateway, error) {
		return newReqGateway(f, endpoint, release), nil
	})
}

// Sub is the gateway to a PUB or XPUB, or to all behind a name. It dials on its own; nobody being there is not an error here.
func (f *Factory) Sub(endpoint core.Endpoint) (*SubGateway, error) {
	return acquire(f, slotKey{kind: core.SUB, endpoint: endpoint}, func(release func()) (*SubGateway, error) {
		return newSubGateway(f, endpoint, release)
	})
}

// Rep is the gateway that listens for REQ and DEALER. The error is Conflict when the address is in use, Unavailable when
// it cannot be listened on for another reason.
func (f *Factory) Rep(endpoint core.Endpoint) (*RepGateway, error) {
	return acquire(f, slotKey{kind: core.REP, endpoint: endpoint, bind: true}, func(release func()) (*RepGateway, error) {
		return newRepGateway(&f.links, &f.counters, endpoint, release)
	})
}

// Pub is the gateway that listens for SUB and XSUB. Its errors are those of Rep.
func (f *Factory) Pub(endpoint core.Endpoint) (*PubGateway, error) {
	p, err := f.Port(core.PUB, endpoint, PortOptions{Bind: true})
	if err != nil {
		return nil, err
	}
	return &PubGateway{p}, nil
}

// Stats is a snapshot of the counters.
func (f *Factory) Stats() Stats {
	s := f.counters.snapshot()
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.slots {
		switch {
		case key.kind == core.REQ:
			s.ReqGateways++
		case key.kind == core.SUB && !key.bind:
			s.SubGateways++
		case key.kind == core.REP:
			s.RepGateways++
		case key.kind == core.PUB && key.bind:
			s.PubGateways++
		default:
			s.Sockets++
		}
	}
	return s
}

// Close closes all gateways, whoever uses them, and returns when every goroutine of the factory has ended. It must not be
// called from a callback of a gateway.
func (f *Factory) Close() {
	f.mu.Lock()
	f.closed = true
	for _, s := range f.slots {
		s.idle.Stop()
		f.running.Go(func() {
			<-s.opened
			if s.err == nil {
				s.gateway.stop()
				s.gateway.join()
				f.unbear(s.key)
			}
		})
	}
	clear(f.slots)
	f.unused.Init()
	f.mu.Unlock()
	f.running.Wait()
}

// acquire finds or opens the gateway for key and counts one more user of it.
func acquire[G gateway](f *Factory, key slotKey, open func(release func()) (G, error)) (G, error) {
	var none G
	if key.endpoint == (core.Endpoint{}) {
		return none, core.NewError(core.Invalid, "no endpoint")
	}
	s, fresh, err := f.enter(key)
	if err != nil {
		return none, err
	}
	if fresh {
		// Without the lock: to listen may take a look-up of a name.
		g, err := open(func() { f.release(s) })
		if err != nil {
			f.abandon(s, err)
			return none, err
		}
		s.gateway = g
		close(s.opened)
		return g, nil
	}
	<-s.opened
	if s.err != nil {
		return none, s.err
	}
	return s.gateway.(G), nil
}

// enter counts a user of the slot for key. A fresh slot is the caller's to open.
func (f *Factory) enter(key slotKey) (s *slot, fresh bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false, link.ErrClosed
	}
	if s := f.slots[key]; s != nil {
		s.users++
		s.idle.Stop()
		f.takePlace(s)
		return s, false, nil
	}
	if err := f.makeRoom(); err != nil {
		return nil, false, err
	}
	s = &slot{key: key, users: 1, opened: make(chan struct{})}
	s.idle = time.AfterFunc(f.config.IdleClose, func() { f.expire(s) })
	s.idle.Stop()
	f.slots[key] = s
	f.bear(key)
	return s, true, nil
}

// abandon gives up a slot whose gateway could not be opened.
func (f *Factory) abandon(s *slot, err error) {
	f.mu.Lock()
	delete(f.slots, s.key)
	f.mu.Unlock()
	s.err = err
	close(s.opened)
	f.unbear(s.key)
}

// release takes one user back. The last one leaves the gateway to its idle timer.
func (f *Factory) release(s *slot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.users == 0 || f.closed {
		return
	}
	if s.users--; s.users > 0 {
		return
	}
	s.since, s.place = time.Now(), f.unused.PushBack(s)
	if keep := f.keepFor(s); keep >= 0 {
		s.idle.Reset(keep)
	}
}

// keepFor is how long a gateway that nobody uses stays; negative: for ever.
func (f *Factory) keepFor(s *slot) time.Duration {
	if s.key.serial != 0 {
		return 0 // nobody can come back to it
	}
	if s.key.identity != "" {
		return min(nameStays, f.config.IdleClose)
	}
	keep := time.Duration(0)
	if k, ok := s.gateway.(keeper); ok {
		keep = k.keepFor()
	}
	if keep < 0 {
		return keep
	}
	return max(keep, f.config.IdleClose)
}

// expire is run by the idle timer.
func (f *Factory) expire(s *slot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.users > 0 || f.slots[s.key] != s {
		return
	}
	if l, ok := s.gateway.(lingerer); ok && l.lingers() && time.Since(s.since) < f.config.IdleClose {
		s.idle.Reset(lingerStep)
		return
	}
	f.retire(s)
}

// retire closes an idle gateway. The caller holds the lock, so that whoever comes next finds the address free.
func (f *Factory) retire(s *slot) {
	delete(f.slots, s.key)
	f.takePlace(s)
	s.gateway.stop()
	f.running.Go(func() { // joined by Close
		s.gateway.join()
		f.unbear(s.key)
	})
}
