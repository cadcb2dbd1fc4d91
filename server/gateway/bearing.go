package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// name is what connections bear at an endpoint, by which a ROUTER there knows them.
type name struct {
	endpoint core.Endpoint
	identity string
}

func (k slotKey) name() name { return name{k.endpoint, k.identity} }

// bearers are the gateways whose connections bear a name, also those that are being closed.
type bearers struct {
	count    int
	nameless []func() // to be called when there are none any more
}

// WhenNameless calls ended once no connection of this factory bears a name at an endpoint any more: before it returns, or from another
// goroutine, never with a lock held. A connection stays for some seconds after its last port was released (see Port), and for
// Config.IdleClose at most while something has yet to be sent; another port that takes it over has it for as long as that lasts.
func (f *Factory) WhenNameless(ep core.Endpoint, identity string, ended func()) {
	f.mu.Lock()
	b := f.borne[name{ep, identity}]
	if b != nil {
		b.nameless = append(b.nameless, ended)
	}
	f.mu.Unlock()
	if b == nil {
		ended()
	}
}

// VacateName closes the connections that bear a name at an endpoint as soon as nobody uses them and nothing has yet to be sent, instead
// of waiting for whoever may come next.
func (f *Factory) VacateName(ep core.Endpoint, identity string) {
	for _, t := range []core.SocketType{core.DEALER, core.ROUTER} {
		f.vacate(slotKey{kind: t, endpoint: ep, identity: identity})
	}
}

// bear notes a gateway whose connections are about to bear its name. The caller holds the lock.
func (f *Factory) bear(key slotKey) {
	if key.identity == "" {
		return
	}
	b := f.borne[key.name()]
	if b == nil {
		b = new(bearers)
		f.borne[key.name()] = b
	}
	b.count++
}

// unbear notes that a gateway has ended, with its connections.
func (f *Factory) unbear(key slotKey) {
	if key.identity == "" {
		return
	}
	f.mu.Lock()
	b := f.borne[key.name()]
	b.count--
	if b.count > 0 {
		f.mu.Unlock()
		return
	}
	delete(f.borne, key.name())
	f.mu.Unlock()
	for _, ended := range b.nameless {
		ended()
	}
}
