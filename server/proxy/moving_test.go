package proxy

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// TestCallWhileItsPageLeaves: a request that was on its way to the page when its session left is not given to it any more, with a number that the
// next bridge gives to another one; and nobody is asked what was not answered.
func TestCallWhileItsPageLeaves(t *testing.T) {
	r := newRig(t, rules{})
	k := r.open(core.REP, core.FlagBind, "tcp://"+unused.Address(t))
	r.Await(core.KindOpened)
	p, up := k.proxy.(*repProxy), k.endpoints[0]
	call := func() { p.ask(incoming{&gateway.Incoming{Message: core.Message{[]byte("work")}}, up}) }
	call()
	if f := r.Await(core.KindRequest); f.ID != 1 {
		t.Errorf("the request has number %d", f.ID)
	}
	k.Rest()
	state := k.Leave()
	if f := r.Await(core.KindCancel); f.ID != 1 {
		t.Errorf("request %d is taken back", f.ID)
	}
	call()
	k.handle.Lock()
	left := state()
	waiting := k.handle.Usage().Incoming
	k.handle.Unlock()
	if left.LastCall != 1 || waiting != 0 || r.Has(core.KindRequest) {
		t.Errorf("left with %d requests, of which %d wait; or the page was asked again", left.LastCall, waiting)
	}
}
