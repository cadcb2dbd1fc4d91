package proxy

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
)

// TestAddressTwice: the second connect is answered as the first is, and adds a connection only to types that have one for
// each in libzmq. To listen twice is refused.
func TestAddressTwice(t *testing.T) {
	once := map[core.SocketType]bool{core.REQ: true, core.SUB: true, core.PUB: true, core.DEALER: true}
	for typ := core.PAIR; typ <= core.XSUB; typ++ {
		t.Run(typ.String(), func(t *testing.T) {
			r := newRig(t, rules{})
			if typ != core.REP {
				address := "tcp://" + unused.Address(t)
				k := r.open(typ, 0, address)
				r.Send(further(2, typ, "no address"), further(3, typ, address))
				down := map[uint64]bool{}
				for len(down) < 2 { // behind the one that is refused, which counts as reached until it is
					f := r.Await(core.KindState)
					down[f.ID] = true
				}
				want := 2
				if once[typ] {
					want = 1
				}
				if got := len(k.reached()); got != want {
					t.Errorf("%d connections", got)
				}
			}
		})
	}
}

// TestListenTwice is refused, as ever.
func TestListenTwice(t *testing.T) {
	for _, typ := range []core.SocketType{core.SUB, core.PULL, core.REP, core.ROUTER} {
		r := newRig(t, rules{})
		address := "tcp://" + unused.Address(t)
		r.open(typ, core.FlagBind, address)
		r.Await(core.KindOpened)
		again := further(2, typ, address)
		again.Flags = core.FlagBind
		r.Send(again)
		if f := r.Await(core.KindRefused); f.ID != 2 || f.Code != core.Conflict {
			t.Errorf("%v: refused %d with %v", typ, f.ID, f.Code)
		}
	}
}

// TestAnotherFilter: the second connect cannot have a msgfilter of its own.
func TestAnotherFilter(t *testing.T) {
	r := newRig(t, rules{})
	address := "tcp://" + unused.Address(t)
	r.open(core.SUB, 0, address)
	other := further(2, core.SUB, address)
	other.Params = []byte(`{"msgfilter":"x"}`)
	r.Send(other)
	if f := r.Await(core.KindRefused); f.ID != 2 || f.Code != core.Invalid {
		t.Errorf("refused %d with %v", f.ID, f.Code)
	}
}
