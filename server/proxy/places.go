package proxy

import "github.com/zmqwebbridge/zmqwebbridge/core"

// takePlace counts one more gateway of the session, unless that has its share. It runs on the reading goroutine, as
// everything does that takes one.
func (k *Socket) takePlace(ep core.Endpoint, bind bool) error {
	k.handle.Lock()
	has := k.handle.Usage().Gateways
	k.handle.Unlock()
	if err := k.gateways.Admit(k.typ, ep, bind || k.typ == core.REP, has); err != nil {
		return err
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways++
	k.places++
	return nil
}

// givePlace is called when a gateway that was counted was not taken.
func (k *Socket) givePlace() {
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways--
	k.places--
}

// giveAllPlaces is called when the socket has given all its gateways back.
func (k *Socket) giveAllPlaces() {
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways -= k.places
	k.places = 0
}
