package proxy

import (
	"net"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestEndpointGivesItsPlaceBack: to the next who waits and still wants it.
func TestEndpointGivesItsPlaceBack(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "tcp://" + l.Addr().String()
	l.Close()
	r := newRig(t, rules{})
	var sockets []*Socket
	for n := range uint32(3) {
		r.Send(core.Frame{Kind: core.KindOpen, Socket: n + 1, ID: 1, Type: core.ROUTER, Flags: core.FlagBind, Messages: 100, Bytes: 1 << 20,
			Text: []byte(address)})
		sockets = append(sockets, <-r.made)
		if n == 0 {
			r.Await(core.KindOpened)
		} else if f := r.Await(core.KindState); f.Code != core.Conflict {
			t.Errorf("socket %d is told %v", n+1, f.Code)
		}
	}
	port := func(i int) *portProxy { return sockets[i].proxy.(*portProxy) }
	port(1).claims.drop(sockets[1].endpoints[0])
	port(0).ports()[0].Retire()
	port(0).claims.drop(sockets[0].endpoints[0])
	if f := r.Await(core.KindOpened); f.Socket != 3 {
		t.Errorf("socket %d has the address now", f.Socket)
	}
	sockets[2].handle.Lock()
	defer sockets[2].handle.Unlock()
	if n := sockets[2].handle.Usage().Claims; n != 0 {
		t.Errorf("%d wait", n)
	}
}
