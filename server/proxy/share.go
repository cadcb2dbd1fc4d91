package proxy

import "github.com/zmqwebbridge/zmqwebbridge/core"

// takeShare counts one more gateway of the session, unless that has its share. It runs on the reading goroutine, as
// everything does that takes one.
func (k *socket) takeShare(ep core.Endpoint, bind bool) error {
	k.handle.Lock()
	has := k.handle.Usage().Gateways
	k.handle.Unlock()
	if err := k.gateways.Admit(k.typ, ep, bind || k.typ == core.REP, has); err != nil {
		return err
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways++
	k.share++
	return nil
}

// giveShare is called when a gateway that was counted was not taken.
func (k *socket) giveShare() {
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways--
	k.share--
}

// giveShares is called when the socket has given all its gateways back.
func (k *socket) giveShares() {
	k.handle.Lock()
	defer k.handle.Unlock()
	k.handle.Usage().Gateways -= k.share
	k.share = 0
}
