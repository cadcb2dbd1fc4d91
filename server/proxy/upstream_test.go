package proxy

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestClaimIsRefusedWhileItIsLookedAt: a claim is given up by a timer, at a moment at which the client may be subscribing,
// asking, or another program of the user may claim the same. The race detector sees who reads without the lock.
func TestClaimIsRefusedWhileItIsLookedAt(t *testing.T) {
	r := newRig(t, rules{})
	k := r.open(core.XSUB, core.FlagBind, "tcp://127.0.0.1:0") // refused: no port has this number
	r.Await(core.KindRefused)
	up := k.endpoints[0]
	var all sync.WaitGroup
	for _, look := range []func(){
		func() { up.refuse(core.NewError(core.Conflict, "in use")) },
		func() { k.refusal() },
		func() { k.reached() },
		func() { k.Away() },
		func() { r.Send(subscribe(1, "a", core.OverflowDefault)) },
	} {
		all.Go(func() {
			for range 100 {
				look()
			}
		})
	}
	all.Wait()
}

// Where the port is left to the bridge, the client is told which it is, and the bridge listens there.
func TestBindAtAnyPort(t *testing.T) {
	r := newRig(t, rules{})
	k := r.open(core.PULL, core.FlagBind, "tcp://127.0.0.1:*")
	f := r.Await(core.KindOpened)
	host, bound := strings.CutPrefix(string(f.Text), "tcp://")
	if !bound || host != k.endpoints[0].access.Endpoint.HostPort() {
		t.Fatalf("Opened says %q", f.Text)
	}
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
