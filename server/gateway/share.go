package gateway

import "github.com/zmqwebbridge/zmqwebbridge/core"

// A client that has few gateways may always have another, if there is one. A client that has more gets one only while it
// has less than a third of what is free. So the first one can have a quarter of all, the next a quarter of what is left,
// and some are always left for those who come later.
const (
	fewGateways = 4
	shareOfFree = 3
)

// Admit tells whether a client that has so many gateways already, whether it shares them or not, may have one more. It may
// where one is open that everybody shares. The error is Busy.
func (f *Factory) Admit(t core.SocketType, endpoint core.Endpoint, bind bool, has int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if has < fewGateways || f.slots[slotKey{kind: t, endpoint: endpoint, bind: bind}] != nil {
		return nil
	}
	if has*shareOfFree < f.config.MaxGateways-f.used() {
		return nil
	}
	return core.NewError(core.Busy, "this client has its share of the connections to backends; close sockets that are not needed")
}
