package gateway

import "slices"

// mover is a gateway that can leave one address for another.
type mover interface {
	moved()
}

// Moved tells that other addresses stand behind some names than before. Config.Resolve is asked again, and Config.Addresses, and connections
// to what is not there any more end; to pages it is as if that backend had been away. Gateways that listen have left their old addresses when it
// returns, and listen at the new ones as soon as these are free.
func (f *Factory) Moved(names ...string) {
	f.mu.Lock()
	var all []*slot
	for key, s := range f.slots {
		if slices.Contains(names, key.endpoint.Name) {
			all = append(all, s)
		}
	}
	f.mu.Unlock()
	for _, s := range all {
		<-s.opened
		if m, ok := s.gateway.(mover); ok && s.err == nil {
			m.moved()
		}
	}
}

func (g *ReqGateway) moved()    { g.requester.Move() }
func (g *RepGateway) moved()    { g.listener.Move() }
func (g *socketGateway) moved() { g.Move() }
