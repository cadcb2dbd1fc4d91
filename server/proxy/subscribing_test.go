package proxy

import (
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
)

// Nobody listens at the addresses of these tests: what they are about is settled before a connection is made.

func subscribe(id uint64, prefix string, o core.Overflow) core.Frame {
	return core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: id, Name: []byte(prefix), Flags: uint64(o)}
}

func further(id uint64, typ core.SocketType, address string) core.Frame {
	return core.Frame{Kind: core.KindOpen, Socket: 1, ID: id, Type: typ, Text: []byte(address)}
}

// TestEndpointThatComesLater tightens what was agreed, or is refused.
func TestEndpointThatComesLater(t *testing.T) {
	flows := map[uint16]access.Flow{2: {MaxRate: 10, HWM: 7}, 3: {Allow: []core.Overflow{core.Conflate}}}
	r := newRig(t, rules{flow: func(a access.Access) access.Flow { return flows[a.Endpoint.Port] }})
	k := r.open(core.SUB, 0, "tcp://127.0.0.1:1")
	r.Send(subscribe(1, "a", core.DropOldest), subscribe(2, "b", core.OverflowDefault), further(2, core.SUB, "tcp://127.0.0.1:3"))
	if f := r.Await(core.KindRefused); f.ID != 2 || f.Code != core.Denied || !strings.Contains(string(f.Text), "drop-oldest") {
		t.Errorf("refused endpoint %d with %v: %s", f.ID, f.Code, f.Text)
	}
	r.Send(further(3, core.SUB, "tcp://127.0.0.1:2"), subscribe(3, "", core.Conflate))
	r.Send(further(4, core.SUB, "tcp://127.0.0.1:3")) // answered behind all that was sent before
	r.Await(core.KindRefused)

	ms := time.Millisecond
	want := map[uint64]outbox.Terms{}
	for id, o := range map[uint64]core.Overflow{1: core.DropOldest, 2: core.OverflowDefault, 3: core.Conflate} {
		terms := outbox.TermsOf(&core.Frame{Flags: uint64(o), Millis: uint64(100 * ms / ms)})
		want[id], _ = terms.Under(access.Flow{HWM: 7}, 100)
	}
	for id := range want {
		if got := k.termsOf(id); got != want[id] {
			t.Errorf("subscription %d is on terms %+v, want %+v", id, got, want[id])
		}
	}
}

// TestLaterEndpointIsAskedAboutSubscriptions: whatever the type, nobody gets a prefix at an endpoint that does not allow it.
func TestLaterEndpointIsAskedAboutSubscriptions(t *testing.T) {
	for _, typ := range []core.SocketType{core.SUB, core.XSUB} {
		t.Run(typ.String(), func(t *testing.T) {
			r := newRig(t, rules{denies: func(a access.Access) bool {
				return a.Subscribe && a.Endpoint.Port == 2 && string(a.Prefix) == "secret"
			}})
			k := r.open(typ, 0, "tcp://127.0.0.1:1")
			r.Send(subscribe(1, "secret", core.OverflowDefault), further(2, typ, "tcp://127.0.0.1:3"), further(3, typ, "tcp://127.0.0.1:2"))
			if f := r.Await(core.KindRefused); f.ID != 3 || f.Code != core.Denied {
				t.Errorf("refused endpoint %d with %v", f.ID, f.Code)
			}
			if got := len(k.reached()); got != 2 {
				t.Errorf("%d endpoints are reached", got)
			}
		})
	}
}

// TestResubscribe: a subscription gets other terms, as far as they are allowed, and stays where they are not.
func TestResubscribe(t *testing.T) {
	r := newRig(t, rules{flow: func(a access.Access) access.Flow { return access.Flow{Allow: []core.Overflow{core.DropOldest}, HWM: 7} }})
	k := r.open(core.SUB, 0, "tcp://127.0.0.1:1")
	slow := subscribe(1, "a", core.DropOldest)
	slow.Millis = 1000
	for _, step := range []struct {
		frame core.Frame
		want  core.Frame // what it amounts to
	}{
		{subscribe(1, "a", core.OverflowDefault), subscribe(1, "a", core.OverflowDefault)},
		{slow, slow},
		{subscribe(1, "a", core.CloseSlow), slow},
		{subscribe(1, "a", core.OverflowDefault), subscribe(1, "a", core.OverflowDefault)},
	} {
		r.Send(step.frame, subscribe(2, "", core.CloseSlow)) // which is answered behind it
		r.Await(core.KindUnsubscribed)
		want, _ := outbox.TermsOf(&step.want).Under(access.Flow{Allow: []core.Overflow{core.DropOldest}, HWM: 7}, 100)
		if got := k.termsOf(1); got != want {
			t.Errorf("after %v %d ms the terms are %+v, want %+v", core.OverflowOf(step.frame.Flags), step.frame.Millis, got, want)
		}
	}
	if n := k.handle.Queue().SubscriptionCount(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	r.Send(subscribe(1, "b", core.OverflowDefault))
	if code := r.AwaitClose(); code != core.CloseState {
		t.Errorf("another prefix is closed with %v", code)
	}
}

// TestDeniedSubscription gets its answer, and takes no place.
func TestDeniedSubscription(t *testing.T) {
	r := newRig(t, rules{flow: func(a access.Access) access.Flow { return access.Flow{Allow: []core.Overflow{core.DropOldest}} }})
	k := r.open(core.SUB, 0, "tcp://127.0.0.1:1")
	r.Send(subscribe(1, "a", core.CloseSlow))
	if f := r.Await(core.KindUnsubscribed); f.ID != 1 || f.Code != core.Denied || !strings.Contains(string(f.Text), "drop-oldest") {
		t.Errorf("got %+v", f)
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	if n := k.handle.Usage().Subscriptions; n != 0 {
		t.Errorf("%d subscriptions are counted", n)
	}
}
